package graph_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
)

// config draws a small perceptron; tests change a field of it.
func config() graph.Config {
	return graph.Config{
		Model:  mlp.Model{Input: 4, Hidden: []int{6}, Output: 3},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 4}, Loss: graph.CrossEntropy{},
	}
}

func TestConfigErrors(t *testing.T) {
	cases := map[string]struct {
		change func(*graph.Config)
		words  []string
	}{
		"no model":       {func(c *graph.Config) { c.Model = nil }, []string{"Config.Model is nil"}},
		"no params":      {func(c *graph.Config) { c.Params = nil }, []string{"Config.Params is nil", "NewParams"}},
		"int params":     {func(c *graph.Config) { c.Params = graph.NewParams(tensor.Int, 1) }, []string{"Config.Params: got type int", "Float32"}},
		"no dtype":       {func(c *graph.Config) { c.Params = graph.NewParams(tensor.Dtype{}, 1) }, []string{"Config.Params has no element type", "NewParams"}},
		"zero params":    {func(c *graph.Config) { c.Params = &graph.Params{} }, []string{"Config.Params has no element type", "NewParams"}},
		"no input":       {func(c *graph.Config) { c.Input = nil }, []string{"Config.Input: got shape ()", "(batch, features)"}},
		"empty batch":    {func(c *graph.Config) { c.Input = tensor.Shape{0, 4} }, []string{"Config.Input: got shape (0, 4)"}},
		"negative batch": {func(c *graph.Config) { c.Input = tensor.Shape{-2, 4} }, []string{"Config.Input: got shape (-2, 4)"}},
		"other features": {func(c *graph.Config) { c.Input = tensor.Shape{2, 5} }, []string{"features of a sample: got 5", "want 4 (Input)"}},
		"no such mode":   {func(c *graph.Config) { c.Mode = 7 }, []string{"Config.Mode: got 7", "Train or Eval"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			broken := config()
			c.change(&broken)
			_, err := graph.Build(broken)
			wantError(t, err, append(c.words, "graph: ")...)
		})
	}
}

// No panic of a model or a loss crosses the border, and the error says where it happened.
func TestBuildTurnsPanicsIntoErrors(t *testing.T) {
	panics := drawing(func(b *graph.Builder, _ *gorgonia.Node) {
		b.ScopeAs("odd")
		panic("out of paper")
	})
	var model *pointerModel
	cases := map[string]struct {
		change func(*graph.Config)
		words  []string
	}{
		"in a layer": {func(c *graph.Config) { c.Model = graph.Sequential{graph.Dense{Units: 3}, panics} },
			[]string{"panic while drawing layer odd", "out of paper"}},
		"nil pointer": {func(c *graph.Config) { c.Model = model }, []string{"panic while drawing model", "nil pointer"}},
		"in a loss":   {func(c *graph.Config) { c.Loss = brokenLoss{} }, []string{"panic while drawing layer loss", "no idea"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			broken := config()
			c.change(&broken)
			_, err := graph.Build(broken)
			wantError(t, err, c.words...)
		})
	}
}

// pointerModel is a model that cannot be drawn when nil.
type pointerModel struct{ layer graph.Layer }

func (m *pointerModel) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return m.layer.Apply(b, x)
}

type brokenLoss struct{ graph.MSE }

func (brokenLoss) Apply(*graph.Builder, *gorgonia.Node, *gorgonia.Node) *gorgonia.Node {
	panic("no idea")
}

func TestModelsThatCannotBeDrawn(t *testing.T) {
	nothing := graph.LayerFunc(func(*graph.Builder, *gorgonia.Node) *gorgonia.Node { return nil })
	unused := drawing(func(b *graph.Builder, x *gorgonia.Node) { graph.Dense{Units: 3}.Apply(b.ScopeAs("aside"), x) })
	cases := map[string]struct {
		model graph.Model
		words []string
	}{
		"no output":               {nothing, []string{"graph: model", "gave no output node"}},
		"unused layer":            {graph.Sequential{unused, graph.Dense{Units: 3}}, []string{"aside/dense1/weight does not influence the loss", "leave its layer out"}},
		"detached":                {graph.Sequential{graph.Dense{Units: 3}, graph.LayerFunc(detach)}, []string{"dense1/weight does not influence the loss"}},
		"no gradient":             {graph.Sequential{graph.Dense{Units: 3}, withoutGradient}, []string{"operation broken, drawn by layer odd, has no gradient", "SDOp"}},
		"gradient of a statistic": {graph.Sequential{graph.Dense{Units: 3}, halfway}, []string{"the gradient of the loss", "lerp(0.5) has no gradient"}},
		"loss's name":             {graph.Named("loss", graph.Dense{Units: 3}), []string{`the name "loss" is taken`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			broken := config()
			broken.Model = c.model
			_, err := graph.Build(broken)
			wantError(t, err, c.words...)
		})
	}
}

// detach replaces its input by a constant.
func detach(_ *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return gorgonia.NewConstant(tensor.New(tensor.Of(x.Dtype()), tensor.WithShape(x.Shape()...)))
}

// Two layers with an operation that cannot be differentiated: it is no gorgonia.SDOp, or has no gradient of its own.
var (
	withoutGradient = graph.Named("odd", graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Check(gorgonia.ApplyOp(graphtest.Broken{}, x))
	}))
	halfway = graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return b.Check(op.Lerp(x, x, 0.5)) })
)

// A running statistic has no gradient, and need not influence the loss.
func TestRunningStatisticsHaveNoGradient(t *testing.T) {
	c := config()
	c.Model = graph.Sequential{graph.Dense{Units: 3}, graph.BatchNorm{}}
	for _, w := range build(t, c).Weights {
		if (w.Grad != nil) != w.Trainable() {
			t.Errorf("%s: trainable %v, gradient %v", w.Name, w.Trainable(), w.Grad)
		}
	}
}

// What is drawn in each mode, with and without a loss.
func TestWhatIsDrawn(t *testing.T) {
	for _, c := range []struct {
		mode                     graph.Mode
		loss                     graph.Loss
		hasLoss, hasGrad, target bool
	}{
		{graph.Train, graph.CrossEntropy{}, true, true, true},
		{graph.Eval, graph.CrossEntropy{}, true, false, true},
		{graph.Train, nil, false, false, false},
		{graph.Eval, nil, false, false, false},
	} {
		wanted := config()
		wanted.Mode, wanted.Loss = c.mode, c.loss
		p := build(t, wanted)
		if (p.Loss != nil) != c.hasLoss || (p.Target != nil) != c.target || (p.Weights[0].Grad != nil) != c.hasGrad {
			t.Errorf("%v with loss %v: loss %v, target %v, gradient %v", c.mode, c.loss, p.Loss, p.Target, p.Weights[0].Grad)
		}
	}
}

// A model without parameters has a loss and no gradient.
func TestModelWithoutParameters(t *testing.T) {
	c := config()
	c.Model, c.Input = graph.Tanh, tensor.Shape{2, 3}
	p := build(t, c)
	run(t, p, randn(t, tensor.Float64, 1, 2, 3), classes(t, 2, 3, 1))
	if p.LossValue() <= 0 || len(p.Weights) != 0 {
		t.Errorf("loss %g, %d parameters", p.LossValue(), len(p.Weights))
	}
}

// Programs are drawn and run side by side and give what one alone gives.
func TestBuildAndRunConcurrently(t *testing.T) {
	x, y := randn(t, tensor.Float64, 1, 2, 4), classes(t, 2, 3, 1)
	result := func() ([]float64, error) {
		c := config()
		c.Model = graph.Sequential{graph.Dense{Units: 8}, graph.BatchNorm{}, graph.Dropout{P: 0.5}, graph.Dense{Units: 3}}
		p, err := graph.Build(c)
		if err != nil {
			return nil, err
		}
		if err := p.Run(x, y); err != nil {
			return nil, err
		}
		return append(floats(p.Weights[0].Grad.Value()), p.LossValue()), nil
	}
	want, err := result()
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if got, err := result(); err != nil || !slices.Equal(got, want) {
				t.Errorf("beside others a program gives %v, %v; alone %v", got, err, want)
			}
		})
	}
	wait.Wait()
}

// A layer may be any function: here the square of a linear map, with an operation of package op.
func ExampleBuild() {
	square := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Scope("square").Check(op.Mul(x, x))
	})
	program, err := graph.Build(graph.Config{
		Model:  graph.Sequential{graph.Dense{Units: 1, Init: initializer.Constant{Value: 2}}, square},
		Params: graph.NewParams(tensor.Float64, 1),
		Input:  tensor.Shape{3, 1}, // three samples of one feature
		Loss:   graph.MSE{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	x, _ := tensors.FromSlice(tensor.Float64, []float64{-1, 0, 1}, 3, 1)
	zero, _ := tensors.Zeros(tensor.Float64, 3, 1)
	if err := program.Run(x, zero); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("output", program.OutputValue().Data())
	fmt.Printf("loss   %.3f\n", program.LossValue())
	for _, w := range program.Weights {
		fmt.Printf("%-13s gradient %.3f\n", w.Name, w.Grad.Value().Data())
	}
	// Output:
	// output [4 0 4]
	// loss   10.667
	// dense1/weight gradient [21.333]
	// dense1/bias   gradient [0.000]
}
