package foreign_test

import (
	"bytes"
	"log"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/foreign"
	"github.com/gradflow/gradflow/graph/machine"
)

func TestWatchForNaNAndInfinities(t *testing.T) {
	for name, c := range map[string]struct {
		x     float64
		opts  []gorgonia.VMOpt
		found bool
	}{
		"NaN, not watched":      {x: -1},
		"NaN, watched":          {x: -1, opts: []gorgonia.VMOpt{gorgonia.WithNaNWatch()}, found: true},
		"NaN, Inf watched":      {x: -1, opts: []gorgonia.VMOpt{gorgonia.WithInfWatch()}},
		"Inf, watched":          {x: 0, opts: []gorgonia.VMOpt{gorgonia.WithInfWatch()}, found: true},
		"Inf, NaN watched":      {x: 0, opts: []gorgonia.VMOpt{gorgonia.WithNaNWatch()}},
		"neither, both watched": {x: 1, opts: []gorgonia.VMOpt{gorgonia.WithNaNWatch(), gorgonia.WithInfWatch()}},
	} {
		t.Run(name, func(t *testing.T) {
			g := gorgonia.NewGraph()
			must(gorgonia.Log(vector(g, "x", 1, c.x)))
			err := foreign.NewMachine(g, c.opts...).RunAll()
			if found := errors.Is(err, machine.ErrNonFinite); found != c.found || err != nil && !c.found {
				t.Errorf("got error %v, want found %v", err, c.found)
			}
		})
	}
}

// Later runs leave the values of earlier ones alone.
func TestTraceExec(t *testing.T) {
	g := gorgonia.NewGraph()
	x := vector(g, "x", 1, 2)
	y := must(gorgonia.Square(x))
	m := foreign.NewMachine(g, gorgonia.TraceExec())
	run(t, m)
	first := y.Value()
	if err := gorgonia.Let(x, tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{3, 4}))); err != nil {
		t.Fatal(err)
	}
	run(t, m)
	wantNumbers(t, "the first run's value", first, 1, 4)
	wantValue(t, y, 9, 16)
}

func TestLogger(t *testing.T) {
	g := gorgonia.NewGraph()
	y := must(gorgonia.Square(vector(g, "x", 1, 2)))
	z := must(gorgonia.Sum(y))
	var all, watched bytes.Buffer
	run(t, foreign.NewMachine(g, gorgonia.WithLogger(log.New(&all, "", 0)), gorgonia.WithValueFmt("%1.1f")))
	run(t, foreign.NewMachine(g, gorgonia.WithLogger(log.New(&watched, "", 0)), gorgonia.WithWatchlist(z)))
	if text := all.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, "square") || !strings.Contains(text, "[1.0  4.0]") {
		t.Errorf("logged %q, want a line of each value", text)
	}
	if text := watched.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "Σ") {
		t.Errorf("logged %q, want one line of the sum", text)
	}
}

// What the machine cannot do it refuses, by name.
func TestOptionsThatAreRefused(t *testing.T) {
	for name, opt := range map[string]gorgonia.VMOpt{
		"WithWatchlist":  gorgonia.WithWatchlist(3),
		"WithEngine":     gorgonia.WithEngine(tensor.Float64Engine{}),
		"ExecuteFwdOnly": gorgonia.ExecuteFwdOnly(),
		"LogBothDir":     gorgonia.LogBothDir(),
	} {
		t.Run(name, func(t *testing.T) {
			g := gorgonia.NewGraph()
			must(gorgonia.Square(vector(g, "x", 1, 2)))
			m := foreign.NewMachine(g, opt)
			for range 2 {
				wantError(t, m.RunAll(), name)
			}
			m.Reset()
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wantError(t, foreign.NewMachine(nil).RunAll(), "graph is nil")
}
