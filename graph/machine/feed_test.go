package machine_test

import (
	"fmt"
	"log"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
)

// A part of the backward pass on its own: fed with the gradient that the whole pass has there, it gives the same gradients,
// to the last bit, and fed with twice that twice as much. The rest of the graph is not computed: there is no target.
func TestFeedGivesVectorJacobianProducts(t *testing.T) {
	p := build(t, graph.Config{
		Model:  mlp.Model{Input: 4, Hidden: []int{6, 5, 7}, Output: 3, Activation: graph.Tanh},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: graph.CrossEntropy{},
	})
	upper, lower := p.Layers[2].Act.Deriv(), p.Layers[0].Act.Deriv()
	var whole *tensor.Dense
	var want []float64
	p.Tap(upper, func(v gorgonia.Value) { whole = v.(*tensor.Dense).Clone().(*tensor.Dense) })
	p.Tap(lower, func(v gorgonia.Value) { want = slices.Clone(floats(v)) })
	x := randn(t, tensor.Float64, 1, 5, 4)
	run(t, p, x, classes(t, 5, 3, 1))

	var input, v gorgonia.Value = x, whole
	m := machine.New(p.Graph, lower)
	m.Feed(p.Input, &input)
	m.Feed(upper, &v)
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if got := floats(lower.Value()); !slices.Equal(got, want) {
		t.Errorf("the part gives %v, the whole %v", got, want)
	}
	double, err := whole.MulScalar(2.0, true)
	if err != nil {
		t.Fatal(err)
	}
	v = double
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for i, got := range floats(lower.Value()) {
		if got != 2*want[i] {
			t.Fatalf("fed with twice the gradient, element %d is %g, want %g", i, got, 2*want[i])
		}
	}
	if allocs := testing.AllocsPerRun(10, func() {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
	}); allocs != 0 {
		t.Errorf("%v allocations in a run", allocs)
	}
}

// y = (2x)·(2x + 1), where the sum is fed: 2x is still needed, by the product.
func feedSum(t *testing.T) (m *machine.Machine, x, sum, y *gorgonia.Node) {
	t.Helper()
	g := gorgonia.NewGraph()
	x = gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithShape(2), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.WithBacking([]float64{3, 4}))))
	double := gorgonia.Must(gorgonia.Add(x, x))
	sum = gorgonia.Must(gorgonia.Add(double, gorgonia.NewConstant(1.0, gorgonia.WithName("one"))))
	y = gorgonia.Must(gorgonia.HadamardProd(double, sum))
	return machine.New(g, y), x, sum, y
}

func TestFeedKeepsWhatOthersNeed(t *testing.T) {
	m, _, sum, y := feedSum(t)
	run := func() []float64 {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		return slices.Clone(floats(y.Value()))
	}
	if got, want := run(), []float64{42, 72}; !slices.Equal(got, want) {
		t.Errorf("before: %v, want %v", got, want)
	}
	var v gorgonia.Value = tensor.New(tensor.WithBacking([]float64{10, 100}))
	var seen []float64
	m.Feed(sum, &v)
	m.Tap(sum, func(v gorgonia.Value) { seen = floats(v) })
	if got, want := run(), []float64{60, 800}; !slices.Equal(got, want) {
		t.Errorf("fed: %v, want %v", got, want)
	}
	if want := []float64{10, 100}; !slices.Equal(seen, want) {
		t.Errorf("a tap sees %v, want what is fed, %v", seen, want)
	}
	m.Feed(sum, nil)
	if got, want := run(), []float64{42, 72}; !slices.Equal(got, want) {
		t.Errorf("after: %v, want %v", got, want)
	}
}

// A fed node may be an output, and is then bound as others are.
func TestFeedOfAnOutput(t *testing.T) {
	m, x, _, y := feedSum(t)
	if err := gorgonia.Let(x, tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(2))); err != nil {
		t.Fatal(err)
	}
	var v gorgonia.Value = tensor.New(tensor.WithBacking([]float64{7, 8}))
	m.Feed(y, &v)
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if got, want := floats(y.Value()), []float64{7, 8}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestFeedErrors(t *testing.T) {
	for name, c := range map[string]struct {
		v    gorgonia.Value
		want []string
	}{
		"nothing": {nil, []string{"no value", "Feed"}},
		"shape":   {tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(3)), []string{"(3)", "(2)"}},
		"type":    {tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(2)), []string{"float32", "float64"}},
	} {
		m, _, sum, _ := feedSum(t)
		m.Feed(sum, &c.v)
		err := m.RunAll()
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, part := range append(c.want, fmt.Sprintf("node %d", sum.ID())) {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error does not tell %q: %v", name, part, err)
			}
		}
	}
}

// The product of a vector with the Jacobian of tanh, without running anything but that.
func ExampleMachine_Feed() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithShape(2), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.WithBacking([]float64{0, 100}))))
	y := gorgonia.Must(gorgonia.Tanh(x))
	loss := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Exp(y))))
	if _, err := gorgonia.Grad(loss, x); err != nil {
		log.Fatal(err)
	}
	var v gorgonia.Value = tensor.New(tensor.WithBacking([]float64{3, 5}))
	m := machine.New(g, x.Deriv())
	m.Feed(y.Deriv(), &v)
	if err := m.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(x.Deriv().Value())
	// Output: [3  0]
}
