package vanishing_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// isNoise compares the batch size with the noise scale B of the gradient (McCandlish et al. 2018, appendix A.1), before and after
// training. A batch of B samples has as much noise as signal.
func isNoise(t *testing.T, o *outcome) (sick, known bool) {
	if o.optimizer == nil || o.truth["non-finite"] {
		return false, false
	}
	before, after := o.signal(t, o.drawn(t)), o.signal(t, o.params)
	if math.IsNaN(before) || math.IsNaN(after) {
		return false, false
	}
	return max(before, after) <= 0.1, max(before, after) <= 0.1 || min(before, after) >= 1
}

// signal is the batch size over the noise scale B = S/|G|² of the hidden layers' weights. S and |G|² are estimated from the mean
// squared gradient of the batches and the squared gradient of all samples.
func (o *outcome) signal(t *testing.T, params *graph.Params) float64 {
	small, all := float64(o.batchSize()), float64(o.shown.Len())
	if small == all {
		return math.NaN()
	}
	a, b := o.squaredGradient(t, params, o.batchSize()), o.squaredGradient(t, params, o.shown.Len())
	return small * (all*b - small*a) / (all - small) / ((a - b) / (1/small - 1/all))
}

// squaredGradient is the mean over the batches of the squared gradient of the hidden layers' weights.
func (o *outcome) squaredGradient(t *testing.T, params *graph.Params, size int) float64 {
	shape := o.shown.X.Shape().Clone()
	shape[0] = size
	p, err := graph.Build(graph.Config{Model: o.model, Params: params, Input: shape, Loss: o.lossOf()})
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0
	for from := 0; from+size <= o.shown.Len(); from += size {
		batch, err := o.shown.Slice(from, from+size)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(batch.X, batch.Y); err != nil {
			t.Fatal(err)
		}
		for _, w := range p.Weights {
			if w.Role == graph.Weight && w.Layer != p.Layers[len(p.Layers)-1].Path {
				for _, g := range w.Grad.Value().(*tensor.Dense).Float32s() {
					sum += float64(g) * float64(g)
				}
			}
		}
		n++
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return sum / float64(n)
}
