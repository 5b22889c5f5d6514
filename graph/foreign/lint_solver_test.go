package foreign_test

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/foreign"
)

func TestLintSolver(t *testing.T) {
	rate := gorgonia.WithLearnRate(0.1)
	for name, c := range map[string]struct {
		solver gorgonia.Solver
		trap   string
	}{
		"AdamW":                 {gorgonia.NewAdamW(rate), "moves no parameter"},
		"momentum with penalty": {gorgonia.NewMomentum(rate, gorgonia.WithL2Reg(0.1)), "from the velocity"},
		"AdaGrad":               {gorgonia.NewAdaGradSolver(rate), "ignores all options"},
		"momentum":              {gorgonia.NewMomentum(rate), ""},
		"Adam":                  {gorgonia.NewAdamSolver(rate, gorgonia.WithL2Reg(0.1)), ""},
		"vanilla":               {gorgonia.NewVanillaSolver(rate), ""},
	} {
		list := foreign.LintSolver(c.solver)
		switch {
		case c.trap == "" && len(list) > 0:
			t.Errorf("%s: got %v, want no warning", name, list)
		case c.trap != "" && (len(list) != 1 || !strings.Contains(list[0].String(), c.trap) || !strings.HasPrefix(list[0].String(), "*gorgonia.")):
			t.Errorf("%s: got %v, want one warning with %q", name, list, c.trap)
		}
	}
}

// What LintSolver warns of is so: one step from 1 with gradient 0.5.
func TestLintedSolvers(t *testing.T) {
	step := func(s gorgonia.Solver) float64 {
		g := gorgonia.NewGraph()
		w := vector(g, "w", 1, 1)
		gorgonia.WithGrad(vector(g, "grad", 0.5, 0.5).Value())(w)
		if err := s.Step(gorgonia.NodesToValueGrads(gorgonia.Nodes{w})); err != nil {
			t.Fatal(err)
		}
		return floats(w.Value())[0]
	}
	if got := step(gorgonia.NewAdamW(gorgonia.WithLearnRate(0.1))); got != 1 {
		t.Errorf("AdamW moves 1 to %g: the warning is out of date", got)
	}
	plain, decayed := step(gorgonia.NewMomentum(gorgonia.WithLearnRate(0.1))), step(gorgonia.NewMomentum(gorgonia.WithLearnRate(0.1), gorgonia.WithL2Reg(0.5)))
	if plain != decayed { // the velocity is zero, so the penalty is
		t.Errorf("Momentum moves 1 to %g, with L2 to %g: the warning is out of date", plain, decayed)
	}
	slow, fast := step(gorgonia.NewAdaGradSolver(gorgonia.WithLearnRate(0.001))), step(gorgonia.NewAdaGradSolver(gorgonia.WithLearnRate(0.1)))
	if slow != fast {
		t.Errorf("AdaGrad moves 1 to %g and %g at other rates: the warning is out of date", slow, fast)
	}
}
