package bench

import (
	"math"
	"testing"
)

// Each network trains: the loss falls from near that of guessing.
func TestTransformers(t *testing.T) {
	for _, w := range TransformerWorkloads {
		w.Batch, w.Stack.Layers, w.Rate = 2, 1, 0.1
		o, err := NewTransformers(w)
		if err != nil {
			t.Fatal(err)
		}
		var losses []float64
		for range 2*batchCount + 1 {
			loss, err := o.Step()
			if err != nil {
				t.Fatal(err)
			}
			losses = append(losses, loss)
		}
		first, last := losses[0], losses[2*batchCount]
		if guess := math.Log(float64(w.Classes)); !(first < 2*guess && last < 0.99*first) {
			t.Errorf("%v: the loss of a batch goes from %g to %g, want it to fall from below %g", w, first, last, 2*guess)
		}
	}
}
