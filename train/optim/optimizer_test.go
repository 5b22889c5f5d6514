package optim

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/goldens"
)

func Example() {
	w := &graph.Param{Name: "w", Value: tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 2}))}
	gradient := tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{10, -10}))

	sgd := &SGD{LearningRate: 0.125}
	if err := sgd.Step([]*graph.Param{w}, []*tensor.Dense{gradient}, sgd.Rate()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sgd, w.Value.Data())
	// Output: sgd(lr=0.125) [-0.25 3.25]
}

// vector is a tensor of one axis.
func vector[T float32 | float64](values ...T) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(values))
}

// matrix is a tensor of shape (2, 2).
func matrix[T float32 | float64](values ...T) *tensor.Dense {
	return tensor.New(tensor.WithShape(2, 2), tensor.WithBacking(values))
}

// stepped takes one step per gradient and returns the value of w after each.
func stepped(t *testing.T, o Optimizer, w float64, gradients ...float64) []float64 {
	t.Helper()
	p := &graph.Param{Name: "w", Value: vector(w)}
	var path []float64
	for _, g := range gradients {
		if err := o.Step([]*graph.Param{p}, []*tensor.Dense{vector(g)}, o.Rate()); err != nil {
			t.Fatal(err)
		}
		path = append(path, p.Value.Float64s()[0])
	}
	return path
}

// TestStepsByHand follows each rule with numbers small enough to check in one's head.
func TestStepsByHand(t *testing.T) {
	for _, c := range []struct {
		optimizer Optimizer
		want      []float64 // from w = 1 with gradients 1 and 2
	}{
		{&SGD{LearningRate: 0.5}, []float64{0.5, -0.5}},
		// v = 1, then 0.5·1 + 2 = 2.5
		{&SGD{LearningRate: 0.5, Momentum: 0.5}, []float64{0.5, -0.75}},
		// g + mu·v = 1.5, then 2 + 0.5·2.5 = 3.25
		{&SGD{LearningRate: 0.5, Momentum: 0.5, Nesterov: true}, []float64{0.25, -1.375}},
		// g = 1 + 0.5·1, then 2 + 0.5·0.25
		{&SGD{LearningRate: 0.5, WeightDecay: 0.5}, []float64{0.25, -0.8125}},
		// m' = 1, v' = 1; then m = 0.25 + 1, m' = 1.25/0.75, v = 0.25 + 2, v' = 2.25/0.75
		{&Adam{LearningRate: 0.5, Beta1: 0.5, Beta2: 0.5, Epsilon: 1}, []float64{
			0.75, 0.75 - 0.5*(1.25/0.75)/(math.Sqrt(3)+1)}},
	} {
		got := stepped(t, c.optimizer, 1, 1, 2)
		if e := goldens.ElementRelErr(got, c.want); e > 1e-15 {
			t.Errorf("%v went to %v; want %v", c.optimizer, got, c.want)
		}
	}
}

// all are the optimisers of this package, in each of the forms that compute differently.
func all() []Optimizer {
	return []Optimizer{
		&SGD{}, &SGD{Momentum: 0.9}, &SGD{Momentum: 0.9, Nesterov: true}, &Adam{}, &AdamW{}, &AdaGrad{}, &Lion{}, &LAMB{}, &LARS{Momentum: 0.9},
		&RMSProp{}, &RMSProp{Momentum: 0.9}, &RMSProp{Centered: true}, &RMSProp{Centered: true, Momentum: 0.9}, &Muon{},
	}
}

func TestRunningStatisticsStay(t *testing.T) {
	for _, o := range all() {
		mean := &graph.Param{Name: "mean", Role: graph.RunningStat, Value: vector(1.0)}
		w := &graph.Param{Name: "w", Value: vector(1.0)}
		// With a gradient, as a mistaken caller may have one, and without.
		for _, g := range []*tensor.Dense{vector(5.0), nil} {
			if err := o.Step([]*graph.Param{mean, w}, []*tensor.Dense{g, vector(5.0)}, 0.1); err != nil {
				t.Fatal(err)
			}
		}
		if mean.Value.Float64s()[0] != 1 {
			t.Errorf("%v moved a running statistic to %v", o, mean.Value)
		}
		if w.Value.Float64s()[0] == 1 {
			t.Errorf("%v did not move the weight", o)
		}
	}
}

func TestStepDoesNotAllocate(t *testing.T) {
	for _, o := range all() {
		for _, p := range []*graph.Param{
			{Name: "w32", Value: vector[float32](1, 2, 3)},
			{Name: "w64", Value: vector[float64](1, 2, 3)},
			{Name: "m32", Value: matrix[float32](1, 2, 3, 4)},
			{Name: "m64", Value: matrix[float64](1, 2, 3, 4)},
		} {
			params, grads := []*graph.Param{p}, []*tensor.Dense{p.Value.Clone().(*tensor.Dense)}
			step := func() {
				if err := o.Step(params, grads, 0.1); err != nil {
					t.Fatal(err)
				}
			}
			for level := MeasureNothing; level <= MeasureAll; level++ {
				o.(Measurer).Measure(level)
				if n := testing.AllocsPerRun(10, step); n != 0 {
					t.Errorf("%v allocates %v times a step on %s", o, n, p.Name)
				}
			}
		}
	}
}

func TestRateZeroMovesNothing(t *testing.T) {
	for _, o := range all() {
		w := &graph.Param{Name: "w", Value: vector(1.0)}
		if err := o.Step([]*graph.Param{w}, []*tensor.Dense{vector(5.0)}, 0); err != nil {
			t.Fatal(err)
		}
		if got := w.Value.Float64s()[0]; got != 1 {
			t.Errorf("%v moved to %g", o, got)
		}
	}
}

func TestBadConfigurations(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		optimizer Optimizer
		want      string
	}{
		{&SGD{LearningRate: -1}, "SGD.LearningRate: got -1"},
		{&SGD{LearningRate: nan}, "SGD.LearningRate: got NaN"},
		{&SGD{LearningRate: inf}, "SGD.LearningRate: got +Inf"},
		{&SGD{Momentum: 1}, "SGD.Momentum: got 1, want a number in [0, 1)"},
		{&SGD{Momentum: -0.1}, "SGD.Momentum: got -0.1"},
		{&SGD{Nesterov: true}, "got Momentum 0"},
		{&SGD{WeightDecay: -1}, "SGD.WeightDecay: got -1"},
		{&Adam{LearningRate: -1}, "Adam.LearningRate: got -1"},
		{&Adam{Beta1: 1}, "Adam.Beta1: got 1"},
		{&Adam{Beta2: nan}, "Adam.Beta2: got NaN"},
		{&Adam{Epsilon: -1}, "Adam.Epsilon: got -1"},
		{&Adam{WeightDecay: inf}, "Adam.WeightDecay: got +Inf"},
		{&AdamW{Beta1: 1}, "AdamW.Beta1: got 1"},
		{&AdaGrad{RateDecay: -1}, "AdaGrad.RateDecay: got -1"},
		{&RMSProp{Alpha: 1}, "RMSProp.Alpha: got 1"},
		{&Lion{Beta2: 2}, "Lion.Beta2: got 2"},
		{&LAMB{Epsilon: nan}, "LAMB.Epsilon: got NaN"},
		{&LARS{TrustCoefficient: -1}, "LARS.TrustCoefficient: got -1"},
		{&Muon{Momentum: 1}, "Muon.Momentum: got 1"},
		{&Muon{AdamW: AdamW{Epsilon: -1}}, "Muon.AdamW: optim: AdamW.Epsilon: got -1"},
		{&Muon{AdamW: AdamW{Groups: []Group{{}}}}, "Muon.AdamW.Groups: got 1 groups, want none"},
		{&Muon{Exclude: "("}, `Muon.Exclude: got "(", want a regular expression`},
		{&SGD{Groups: []Group{{Params: "["}}}, `SGD.Groups: got "[", want a regular expression`},
		{&SGD{Groups: []Group{{RateFactor: -1}}}, "SGD.Groups.RateFactor: got -1"},
		{&AdamW{Groups: []Group{{NoDecay: true, WeightDecay: 1}}}, "got both NoDecay and WeightDecay 1"},
	} {
		w := &graph.Param{Name: "w", Value: vector(1.0)}
		err := c.optimizer.Step([]*graph.Param{w}, []*tensor.Dense{vector(1.0)}, 0.1)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error is %v; want %q", c.optimizer, err, c.want)
		}
		if w.Value.Float64s()[0] != 1 {
			t.Errorf("%v moved the weight in spite of its error", c.optimizer)
		}
	}
}

func TestBadSteps(t *testing.T) {
	view := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 3, 4}))
	if err := view.T(); err != nil {
		t.Fatal(err)
	}
	square := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 3, 4}))
	for _, c := range []struct {
		value *tensor.Dense
		grads []*tensor.Dense
		rate  float64
		want  string
	}{
		{vector(1.0), []*tensor.Dense{vector(1.0)}, -1, "learning rate: got -1"},
		{vector(1.0), []*tensor.Dense{vector(1.0)}, math.NaN(), "learning rate: got NaN"},
		{vector(1.0), nil, 1, "gradients: got 0, want 1"},
		{vector(1.0), []*tensor.Dense{nil}, 1, "parameter w: the gradient is nil"},
		{vector(1.0), []*tensor.Dense{vector(1.0, 2)}, 1, "parameter w: got a gradient of shape (2) of float64, want (1) of float64"},
		{vector(1.0), []*tensor.Dense{vector[float32](1)}, 1, "of float32"},
		{tensor.New(tensor.WithBacking([]int{1})), []*tensor.Dense{vector(1.0)}, 1, "got a value of int"},
		{square, []*tensor.Dense{view}, 1, "transposed"},
	} {
		for _, o := range all() {
			err := o.Step([]*graph.Param{{Name: "w", Value: c.value}}, c.grads, c.rate)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v: error is %v; want %q", o, err, c.want)
			}
		}
	}
}

func TestOneOptimizerServesOneNetwork(t *testing.T) {
	for _, o := range all() {
		grads := []*tensor.Dense{vector(1.0)}
		if err := o.Step([]*graph.Param{{Name: "w", Value: vector(1.0)}}, grads, 0.1); err != nil {
			t.Fatal(err)
		}
		err := o.Step([]*graph.Param{{Name: "w", Value: vector(1.0)}}, grads, 0.1)
		if err == nil || !strings.Contains(err.Error(), "one optimiser for each network") {
			t.Errorf("%v: error is %v", o, err)
		}
	}
}

func TestStrings(t *testing.T) {
	for o, want := range map[Optimizer]string{
		&SGD{}: "sgd(lr=0.01)",
		&SGD{LearningRate: 0.5, Momentum: 0.9, Nesterov: true, WeightDecay: 1e-4}: "sgd(lr=0.5, momentum=0.9, nesterov, decay=0.0001)",
		&Adam{}:                                 "adam(lr=0.001, betas=0.9/0.999, eps=1e-08)",
		&AdamW{}:                                "adamw(lr=0.001, betas=0.9/0.999, eps=1e-08, decay=0.01)",
		&AdaGrad{}:                              "adagrad(lr=0.01, eps=1e-10)",
		&RMSProp{Centered: true, Momentum: 0.5}: "rmsprop(lr=0.01, alpha=0.99, eps=1e-08, momentum=0.5, centered)",
		&Lion{}:                                 "lion(lr=0.0001, betas=0.9/0.99)",
		&LAMB{}:                                 "lamb(lr=0.001, betas=0.9/0.999, eps=1e-06)",
		&LARS{Groups: make([]Group, 2)}:         "lars(lr=1, trust=0.001, groups=2)",
		&Muon{}:                                 "muon(lr=0.02, betas=0.9/0.999, eps=1e-08, momentum=0.95, nesterov)",
		&Adam{Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-3, WeightDecay: 0.01}: "adam(lr=0.001, betas=0.5/0.9, eps=0.001, decay=0.01)",
	} {
		if got := o.String(); got != want {
			t.Errorf("name is %q; want %q", got, want)
		}
	}
}
