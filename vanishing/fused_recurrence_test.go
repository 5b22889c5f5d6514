package vanishing

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/graph/tensors"
)

// A network with recurrences of one operation is seen as a whole: each is a layer whose gradient is recorded.
func TestFusedRecurrencesAreSeen(t *testing.T) {
	x, err := tensors.Randn(tensor.Float32, rand.New(rand.NewPCG(1, 2)), 8, 12, 6)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Labels([]int{0, 1, 2, 3, 4, 3, 2, 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range []graph.Layer{
		recurrent.RNN{Units: 16, Layers: 3, Last: true}, recurrent.LSTM{Units: 16, Layers: 3, Bidirectional: true, Last: true},
		recurrent.GRU{Units: 16, Layers: 3, Residual: true, Last: true},
	} {
		p := build(t, graph.Sequential{layer, graph.Dense{Units: 5}}, graph.CrossEntropy{}, 1, 8, 12, 6)
		seen := observe(t, p, x, y)
		d := Diagnose(seen)
		if len(seen.Unseen) > 0 || d.Verdict == Undetermined {
			t.Errorf("%v: the verdict is %v, unseen are %v", layer, d.Verdict, seen.Unseen)
		}
		for i, l := range seen.Layers {
			if rms := d.DeltaRMS[i]; !(rms > 0) || math.IsInf(rms, 0) {
				t.Errorf("%v: the gradient of layer %s is %v", layer, l.Path, rms)
			}
		}
	}
}
