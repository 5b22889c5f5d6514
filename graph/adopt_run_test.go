package graph_test

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
)

// The machine of an adopted program trains it as any machine does.
func TestAdoptedProgramsTrain(t *testing.T) {
	for name, newProgram := range map[string]func(*testing.T) *foreign{"mlp": foreignMLP, "line": foreignLine, "rnn": foreignCharRNN} {
		ours, plain := newProgram(t), newProgram(t)
		p, err := graph.Adopt(ours.loss, ours.weights...)
		if err != nil {
			t.Fatal(err)
		}
		got := lossCurve(t, ours, p.Machine(), 5)
		want := lossCurve(t, plain, machine.New(plain.g), 5)
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: loss %v in step %d, want %v", name, got[i], i, want[i])
			}
		}
		if p.LossValue() != got[4] || p.OutputValue() == nil && len(p.Layers) > 0 || p.InputValue() == nil {
			t.Errorf("%s: loss %v, output %v, input %v", name, p.LossValue(), p.OutputValue(), p.InputValue())
		}
		if text := p.Summary(); !strings.Contains(text, p.Weights[0].Layer) {
			t.Errorf("%s: the summary does not show %s:\n%s", name, p.Weights[0].Layer, text)
		}
	}
}

// Learnables may be bound to other values after the program was made, and those that are numbers are bound anew by solvers.
func TestRefresh(t *testing.T) {
	f := foreignLine(t)
	p, err := graph.Adopt(f.loss)
	if err != nil {
		t.Fatal(err)
	}
	if err := gorgonia.Let(f.weights[0], 7.0); err != nil {
		t.Fatal(err)
	}
	if err := p.Refresh(); err != nil {
		t.Fatal(err)
	}
	if got := p.Params.Get("slope").Value.Data().([]float64); got[0] != 7 {
		t.Errorf("slope is %v, want 7", got)
	}
	g := foreignIris(t)
	if p, err = graph.Adopt(g.loss); err != nil {
		t.Fatal(err)
	}
	other := randn(t, tensor.Float64, 1, 4, 3)
	if err := gorgonia.Let(g.weights[0], other); err != nil {
		t.Fatal(err)
	}
	if err := p.Refresh(); err != nil {
		t.Fatal(err)
	}
	if p.Weights[0].Value != other {
		t.Error("the weight still has its old value")
	}
}

// Without names, all that the loss was differentiated by are learnables.
func TestAdoptWithoutLearnables(t *testing.T) {
	f := foreignMLP(t)
	p, err := graph.Adopt(f.loss)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Weights) != 6 || p.Weights[0].Node != f.weights[0] {
		t.Errorf("got %d learnables, want 6", len(p.Weights))
	}
}

func TestAdoptExplainsWhatIsMissing(t *testing.T) {
	ready := foreignIris(t)
	raw := newForeign(nil)
	w := raw.weight(t, "w", 1, 1, 2, 3)
	bare := must(gorgonia.Sum(w))
	other := raw.weight(t, "other", 1, 2, 2)
	empty := newForeign(nil)
	valueless := empty.input("valueless", 2, 2)
	sum := must(gorgonia.Sum(valueless))
	if _, err := gorgonia.Grad(sum, valueless); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]struct {
		loss       *gorgonia.Node
		learnables []*gorgonia.Node
	}{
		"is nil":                 {nil, nil},
		"want a scalar":          {w, nil},
		"call gorgonia.Grad":     {bare, []*gorgonia.Node{w}},
		"learnable 0 is nil":     {ready.loss, []*gorgonia.Node{nil}},
		"does not depend":        {ready.loss, []*gorgonia.Node{other}},
		"is computed from":       {ready.loss, []*gorgonia.Node{ready.loss}},
		"name it in the call of": {ready.loss, []*gorgonia.Node{ready.g.ByName("x")[0]}},
		"has no value (give it":  {sum, nil},
		`"w", is named twice`:    {ready.loss, []*gorgonia.Node{ready.weights[0], ready.weights[0]}},
	} {
		_, err := graph.Adopt(c.loss, c.learnables...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one that says %q", err, want)
		}
	}
}

func TestAdoptedProgramsDoNotRunOnBatches(t *testing.T) {
	f := foreignIris(t)
	p, err := graph.Adopt(f.loss)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(blank(45, 4), blank(45, 3)); err == nil || !strings.Contains(err.Error(), "gorgonia.Let") {
		t.Errorf("got error %v, want one that names gorgonia.Let", err)
	}
	// An error of the machine tells the layer.
	if err := gorgonia.Let(f.g.ByName("x")[0], blank(45, 4)); err != nil {
		t.Fatal(err)
	}
	if err := gorgonia.Let(f.g.ByName("y")[0], blank(45, 3)); err != nil {
		t.Fatal(err)
	}
	f.weights[0].Value().(*tensor.Dense).Float64s()[0] = math.NaN()
	p.Machine().WatchNonFinite(true)
	if err := p.Machine().RunAll(); err == nil || !strings.Contains(err.Error(), "layer w") {
		t.Errorf("got error %v, want one that names layer w", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Machine().RunAll(); err == nil {
		t.Error("a closed program ran")
	}
}
