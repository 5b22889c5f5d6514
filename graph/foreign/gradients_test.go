package foreign_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/foreign"
	"github.com/gradflow/gradflow/graph/machine"
)

// A sharing is a model in which two learnables have one gradient.
type sharing struct {
	g          *gorgonia.ExprGraph
	loss       *gorgonia.Node
	learnables gorgonia.Nodes
}

// sharings are models in which a solver that sets gradients to zero would stop the training of a learnable.
var sharings = map[string]func() sharing{
	"two offsets": func() sharing { // of an LSTM, for example
		g := gorgonia.NewGraph()
		x, y, a, b := vector(g, "x", 1, 2), vector(g, "y", 3, -1), vector(g, "a", 0.5, 0.5), vector(g, "b", 0, 0)
		miss := must(gorgonia.Sub(must(gorgonia.Add(must(gorgonia.Add(x, a)), b)), y))
		return sharing{g, must(gorgonia.Sum(must(gorgonia.Square(miss)))), gorgonia.Nodes{a, b}}
	},
	"a scalar whose gradient is the constant 1": func() sharing {
		g := gorgonia.NewGraph()
		a, b := number(g, "a", 2), number(g, "b", 3)
		return sharing{g, must(gorgonia.Add(must(gorgonia.Mul(a, a)), b)), gorgonia.Nodes{a, b}}
	},
	"a scalar whose gradient is an input": func() sharing {
		g := gorgonia.NewGraph()
		x, w := number(g, "x", 3), number(g, "w", 1)
		return sharing{g, must(gorgonia.Mul(x, w)), gorgonia.Nodes{w}}
	},
}

// A TapeMachine with BindDualValues gives each learnable a gradient value of its own. So does ours, with the option and without.
func TestLearnablesThatShareAGradient(t *testing.T) {
	for name, model := range sharings {
		t.Run(name, func(t *testing.T) {
			tape := model()
			want := train(t, tape, func(s sharing) gorgonia.VM {
				return gorgonia.NewTapeMachine(s.g, gorgonia.BindDualValues(s.learnables...))
			})
			for i, start := range model().learnables {
				if floats(start.Value())[0] == want[i] {
					t.Fatalf("%v has not been trained on a TapeMachine: the test tests nothing", start)
				}
			}
			with := train(t, model(), func(s sharing) gorgonia.VM {
				return foreign.NewMachine(s.g, gorgonia.BindDualValues(s.learnables...))
			})
			without := train(t, model(), func(s sharing) gorgonia.VM { return foreign.NewMachine(s.g) })
			for i := range want {
				if with[i] != want[i] || without[i] != want[i] {
					t.Errorf("learnable %d: %v with BindDualValues, %v without, want %v", i, with[i], without[i], want[i])
				}
			}
		})
	}
}

// train makes five steps of gradient descent, and returns the first number of each learnable.
func train(t *testing.T, s sharing, newMachine func(sharing) gorgonia.VM) (first []float64) {
	t.Helper()
	if _, err := gorgonia.Grad(s.loss, s.learnables...); err != nil {
		t.Fatal(err)
	}
	vm, solver := newMachine(s), gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1))
	for range 5 {
		run(t, vm)
		if err := solver.Step(gorgonia.NodesToValueGrads(s.learnables)); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range s.learnables {
		first = append(first, floats(n.Value())[0])
	}
	return first
}

// Without a step in between gradients add up if BindDualValues asks for that, also over two machines, and else not.
func TestGradientsOfSeveralRuns(t *testing.T) {
	draw := func() (*gorgonia.ExprGraph, *gorgonia.Node) {
		g := gorgonia.NewGraph()
		w := vector(g, "w", 1, 2)
		if _, err := gorgonia.Grad(must(gorgonia.Sum(must(gorgonia.Square(w)))), w); err != nil {
			t.Fatal(err)
		}
		return g, w
	}
	gradient := func(w *gorgonia.Node) gorgonia.Value {
		v, err := w.Grad()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	t.Run("sum", func(t *testing.T) {
		g, w := draw()
		m := foreign.NewMachine(g, gorgonia.BindDualValues(w))
		for _, runs := range []float64{1, 2, 3} {
			run(t, m)
			wantNumbers(t, "gradient", gradient(w), 2*runs, 4*runs)
		}
		run(t, foreign.NewMachine(g, gorgonia.BindDualValues()))
		if slices.Contains(g.AllNodes(), nil) {
			t.Error("the graph has lost nodes")
		}
		wantNumbers(t, "gradient", gradient(w), 8, 16)
		wantValue(t, w.Deriv(), 2, 4)
	})
	t.Run("graph stays whole", func(t *testing.T) {
		g, w := draw()
		nodes := len(g.AllNodes())
		run(t, foreign.NewMachine(g, gorgonia.BindDualValues()))
		if all := g.AllNodes(); len(all) != nodes || all[0] != w || slices.Contains(all, nil) {
			t.Errorf("got the nodes %v, want the %d that were drawn", all, nodes)
		}
	})
	t.Run("sum after last", func(t *testing.T) {
		model := sharings["two offsets"]()
		if _, err := gorgonia.Grad(model.loss, model.learnables...); err != nil {
			t.Fatal(err)
		}
		run(t, foreign.NewMachine(model.g))
		m := foreign.NewMachine(model.g, gorgonia.BindDualValues(model.learnables...))
		for _, runs := range []float64{1, 2} {
			run(t, m)
			wantNumbers(t, "gradient", gradient(model.learnables[0]), -3*runs, 7*runs)
		}
	})
	t.Run("last", func(t *testing.T) {
		g, w := draw()
		m := foreign.NewMachine(g)
		for range 3 {
			run(t, m)
			wantNumbers(t, "gradient", gradient(w), 2, 4)
		}
	})
	t.Run("beside a TapeMachine", func(t *testing.T) { // whose sums are its own
		g, w := draw()
		tape, m := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(w)), foreign.NewMachine(g)
		for _, runs := range []float64{1, 2, 3} {
			run(t, tape)
			run(t, m)
			wantNumbers(t, "gradient", gradient(w), 2*runs, 4*runs)
		}
	})
	t.Run("two machines", func(t *testing.T) { // of which the second need not give the gradient a value of its own
		model := sharings["two offsets"]()
		if _, err := gorgonia.Grad(model.loss, model.learnables...); err != nil {
			t.Fatal(err)
		}
		first := foreign.NewMachine(model.g)
		second := machine.New(model.g, model.learnables[0].Deriv())
		run(t, first)
		wantNumbers(t, "gradient", gradient(model.learnables[0]), -3, 7)
		if err := gorgonia.Let(model.learnables[0], tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{0, 0}))); err != nil {
			t.Fatal(err)
		}
		run(t, second)
		wantNumbers(t, "gradient", gradient(model.learnables[0]), -4, 6)
	})
}
