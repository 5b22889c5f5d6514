package metric

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"
)

// The sums of two parts of a dataset give the score of all of it.
func TestSumsOfParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const n, width = 12, 3
	outputs, targets, labels := make([]float64, n*width), make([]float64, n*width), make([]int, n)
	for i := range outputs {
		outputs[i], targets[i] = rng.NormFloat64(), rng.NormFloat64()
	}
	for i := range labels {
		labels[i] = rng.IntN(width)
	}
	outputs[2*width] = math.NaN() // a sample without a predicted class, in the first part
	part := func(m Metric, from, to int) Accumulator {
		y, target := append([]float64{}, outputs[from*width:to*width]...), ints(labels[from:to]...)
		switch m.(type) {
		case MSE, MAE:
			target = f64([]int{to - from, width}, targets[from*width:to*width]...)
		}
		switch m.(type) {
		case MSE, MAE, Perplexity, CalibrationError:
			for i := range y { // a NaN is their score, or an error
				if y[i] != y[i] {
					y[i] = 0
				}
			}
		}
		a := m.New()
		if err := a.Add(tensor.New(tensor.WithShape(to-from, width), tensor.WithBacking(y)), target); err != nil {
			t.Fatal(err)
		}
		return a
	}
	split := 0
	for _, m := range append(every, confusionOf{}) {
		_, ok := m.New().(Summing)
		if _, isAUROC := m.(AUROC); !ok && !isAUROC && m != (R2{}) {
			t.Errorf("%s: got an accumulator that does not sum", m.Name())
		}
		if !ok {
			continue
		}
		split++
		whole, one, other := part(m, 0, n), part(m, 0, 5).(Summing), part(m, 5, n).(Summing)
		sums := one.Sums()
		for i, v := range other.Sums() {
			sums[i] += v
		}
		other.SetSums(sums)
		if got, want := other.Value(), whole.Value(); math.Abs(got-want) > 1e-14*math.Max(1, math.Abs(want)) || got != got {
			t.Errorf("%s: got %g from two parts, want %g", m.Name(), got, want)
		}
	}
	if split != len(every)-1 { // all but AUROC and R2, and the matrix itself
		t.Errorf("got %d metrics that sum, want %d", split, len(every)-1)
	}
}

// confusionOf is a metric whose accumulator is a confusion matrix.
type confusionOf struct{}

func (confusionOf) Name() string     { return "confusion" }
func (confusionOf) New() Accumulator { return &Confusion{} }
