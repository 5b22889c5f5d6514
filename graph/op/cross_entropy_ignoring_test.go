package op_test

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// The loss is that of the positions that count, alone.
func TestIgnoredLabelsDoNotCount(t *testing.T) {
	x := randn(1, 4, 3)
	counts := newTensor(tensor.Float64, append(append([]float64{}, x.Float64s()[:3]...), x.Float64s()[6:9]...), 2, 3)
	for _, r := range []op.Reduction{op.MeanReduction, op.SumReduction} {
		for _, smoothing := range []float64{0, 0.2} {
			in, alone := inputs(x, newLabels(2, 7, 0, 7)), inputs(counts, newLabels(2, 0))
			got, want := must(t)(op.CrossEntropyIgnoring(in[0], in[1], r, smoothing, 7)), must(t)(op.CrossEntropy(alone[0], alone[1], r, smoothing))
			run(t, got)
			run(t, want)
			near(t, "the loss", floats(t, got)[0], floats(t, want)[0], 1e-15)
		}
	}
	in := inputs(x, newLabels(7, 7, 7, 7))
	none := must(t)(op.CrossEntropyIgnoring(in[0], in[1], op.MeanReduction, 0, 7))
	dx := grad(t, none, in[0])[0]
	run(t, none, dx)
	for _, v := range append(floats(t, dx), floats(t, none)...) {
		near(t, "the loss or gradient of nothing", v, 0, 0)
	}
	in = inputs(x, newLabels(0, 7, 3, 1))
	stray := must(t)(op.CrossEntropyIgnoring(in[0], in[1], op.MeanReduction, 0, 7))
	if err := machine.New(stray.Graph(), stray).RunAll(); err == nil || !strings.Contains(err.Error(), "sample 2: got 3, want 0 to 2 for 3 classes, or 7") {
		t.Errorf("a label that is no class gives the error %v", err)
	}
	distributions := func(x, y *gorgonia.Node) (*gorgonia.Node, error) {
		return op.CrossEntropyIgnoring(x, y, op.MeanReduction, 0, 0)
	}
	checkMistakes(t, []mistake{wrong("distributions", x, x, distributions, "labels", "float64", "want int")})
}
