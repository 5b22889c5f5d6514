package vanishing

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
)

// A gradient that underflows float32 is reported at the layer where it does, not shown as zero. Zeros of inactive units do not
// count.
func TestFlushedGradients(t *testing.T) {
	x, y := randomBatch(t, 1, 16, 20, 10)
	deep := mlp.Model{Input: 20, Depth: 100, Width: 50, Output: 10, Activation: graph.Sigmoid}
	p := observe(t, build(t, deep, graph.CrossEntropy{}, 1, 16, 20), x, y)
	d := Diagnose(p)
	if len(d.Lost) == 0 || !strings.Contains(d.Sentence, fmt.Sprintf("leaves float32's range at layer %d:", p.Layers[d.Lost[len(d.Lost)-1]].Depth)) {
		t.Errorf("got %q, want the layer where the gradient leaves float32's range", d.Sentence)
	}
	lost := d.Lost[len(d.Lost)-1]
	last, saturated := p.Records[0].Layers[lost], p.Records[0].Details.Layers[lost].Saturated
	if last.DeltaRMS != 0 || last.Flushed != 1-saturated {
		t.Errorf("the first layer without a gradient has RMS %g, and %g of it flushed, want 0 and %g", last.DeltaRMS, last.Flushed, 1-saturated)
	}
	partly := p.Records[0].Layers[d.Fitted[0]]
	if partly.DeltaRMS == 0 || partly.Flushed < 0 || partly.Flushed >= 1 {
		t.Errorf("the last layer with a gradient: got RMS %g and a share of %g flushed, want an RMS above 0 and a share below 1", partly.DeltaRMS, partly.Flushed)
	}
	shallow := mlp.Model{Input: 20, Depth: 5, Width: 50, Output: 10, Activation: graph.ReLU}
	for i, l := range observe(t, build(t, shallow, graph.CrossEntropy{}, 1, 16, 20), x, y).Records[0].Layers {
		if l.Flushed != 0 {
			t.Errorf("ReLU, layer %d: %g flushed, want none", i, l.Flushed)
		}
	}
	machine.KeepSubnormals(true)
	defer machine.KeepSubnormals(false)
	kept := Diagnose(observe(t, build(t, deep, graph.CrossEntropy{}, 1, 16, 20), x, y))
	// Subnormals extend the range by 23 binary digits, and each layer loses 2.1.
	if gain := len(d.Lost) - len(kept.Lost); gain < 8 || gain > 14 {
		t.Errorf("layers without gradient: got %d with subnormals and %d without, want a difference of 8 to 14", len(kept.Lost), len(d.Lost))
	}
}
