package machine_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/foreign"
	"github.com/gradflow/gradflow/graph/machine"
)

// Gorgonia's solvers set the gradients they have used to zero, so that even one that is the same in each run must be computed
// again: here that of a sum, which is 1 everywhere.
func TestConstantGradientSurvivesTheSolver(t *testing.T) {
	g := gorgonia.NewGraph()
	w := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(2, 3), gorgonia.WithName("w"), gorgonia.WithInit(gorgonia.Ones()))
	loss := gorgonia.Must(gorgonia.Sum(w))
	if _, err := gorgonia.Grad(loss, w); err != nil {
		t.Fatal(err)
	}
	m := machine.New(g)
	solver := gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1))
	for step := range 4 {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		if got, want := scalar(loss), 6-0.6*float64(step); math.Abs(got-want) > 1e-12 {
			t.Errorf("step %d: loss %g, want %g", step, got, want)
		}
		if err := solver.Step([]gorgonia.ValueGrad{w}); err != nil {
			t.Fatal(err)
		}
		m.Reset()
	}
}

// An output of one run is the input of the next, as in a network with a state: the run must not write over what it reads.
func TestOutputFedBack(t *testing.T) {
	run := func(clone bool) []float64 {
		g := gorgonia.NewGraph()
		h := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(3, 4), gorgonia.WithName("h"), gorgonia.WithValue(randn(t, tensor.Float64, 1, 3, 4)))
		w := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(4, 4), gorgonia.WithName("w"), gorgonia.WithValue(randn(t, tensor.Float64, 2, 4, 4)))
		next := gorgonia.Must(gorgonia.Tanh(gorgonia.Must(gorgonia.Mul(h, w))))
		m := machine.New(g, next)
		for range 3 {
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
			state := next.Value()
			if clone {
				state = state.(*tensor.Dense).Clone().(*tensor.Dense)
			}
			if err := gorgonia.Let(h, state); err != nil {
				t.Fatal(err)
			}
		}
		return append([]float64(nil), next.Value().Data().([]float64)...)
	}
	want := run(true)
	for i, v := range run(false) {
		if v != want[i] {
			t.Fatalf("element %d is %g, want %g", i, v, want[i])
		}
	}
}

func TestNodesThatAreMissing(t *testing.T) {
	g, other := gorgonia.NewGraph(), gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(2, 2), gorgonia.WithName("x"))
	y := gorgonia.Must(gorgonia.Tanh(x))
	foreign := gorgonia.NewMatrix(other, gorgonia.Float64, gorgonia.WithShape(2, 2), gorgonia.WithName("x"))
	tapped := machine.New(g, y)
	tapped.Tap(nil, func(gorgonia.Value) {})
	fed := machine.New(g, y)
	var empty gorgonia.Value = (*tensor.Dense)(nil)
	fed.Feed(x, &empty)
	for name, c := range map[string]struct {
		m    *machine.Machine
		want string
	}{
		"no gradient yet": {machine.New(g, x.Deriv()), "gorgonia.Grad"},
		"tap":             {tapped, "is nil"},
		"another graph":   {machine.New(g, foreign), "another graph"},
		"no graph":        {machine.New(nil), "graph is nil"},
		"nil tensor":      {fed, "no value"},
	} {
		if err := c.m.RunAll(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want one that says %q", name, err, c.want)
		}
	}
}

// Switching taps ends a profile: nothing goes on being measured in the other plan.
func TestSwitchingTapsEndsAProfile(t *testing.T) {
	p := perceptron(t, graph.NewParams(tensor.Float64, 1), 5)
	group := p.Machine().NewTapGroup()
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1)
	run(t, p, x, y)
	if err := p.Machine().StartTiming(); err != nil {
		t.Fatal(err)
	}
	for _, on := range []bool{false, true, false, true} {
		run(t, p, x, y)
		group.Enable(on)
	}
	run(t, p, x, y)
	if profile := p.Machine().Timing(); len(profile.Steps) != 0 {
		t.Errorf("%d steps are measured, want none", len(profile.Steps))
	}
}

// Only the elements of a view are checked, not the others of its backing.
func TestNonFiniteBesideAView(t *testing.T) {
	whole := tensor.New(tensor.WithShape(4, 4), tensor.WithBacking([]float64{1, 2, 3, math.NaN(), 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}))
	part, err := whole.Slice(nil, gorgonia.S(0, 3))
	if err != nil {
		t.Fatal(err)
	}
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(4, 3), gorgonia.WithName("x"), gorgonia.WithValue(part))
	m := machine.New(g, gorgonia.Must(gorgonia.Tanh(x)))
	m.WatchNonFinite(true)
	if err := m.RunAll(); err != nil {
		t.Error(err)
	}
}

// Two biases of one layer have one gradient, and so one tensor, between them.
func TestSharedGradientIsLinted(t *testing.T) {
	g := gorgonia.NewGraph()
	var biases gorgonia.Nodes
	for _, name := range []string{"b1", "b2"} {
		biases = append(biases, gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(2, 2), gorgonia.WithName(name)))
	}
	loss := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Tanh(gorgonia.Must(gorgonia.Add(biases[0], biases[1]))))))
	if _, err := gorgonia.Grad(loss, biases...); err != nil {
		t.Fatal(err)
	}
	for _, found := range foreign.Lint(g) {
		if strings.Contains(fmt.Sprint(found), "share this gradient") {
			return
		}
	}
	t.Errorf("got %v", foreign.Lint(g))
}
