package train

import (
	"math"

	"gorgonia.org/tensor"
)

// A Monitor measures a number after each step that a [Logger] records.
type Monitor interface {
	// Name is the name of the number in records, such as "rate".
	Name() string
	// Measure gives the number after the step; NaN if there is none.
	Measure(*Run) float64
}

// RateMonitor measures the learning rate of the step, as "rate".
type RateMonitor struct{}

// Name implements Monitor.
func (RateMonitor) Name() string { return "rate" }

// Measure implements Monitor.
func (RateMonitor) Measure(r *Run) float64 { return r.LearningRate }

// GradientMonitor measures the L2 norm of the gradients of all parameters together before they were clipped, as "grad_norm".
type GradientMonitor struct{}

// Name implements Monitor.
func (GradientMonitor) Name() string { return "grad_norm" }

// Measure implements Monitor.
func (GradientMonitor) Measure(r *Run) float64 {
	if r.Unclipped == nil {
		return commonNorm(r)
	}
	all := 0.0
	for _, l2 := range r.Unclipped {
		all = math.Hypot(all, l2)
	}
	return all
}

// AverageMonitor measures how far the weights are from their averages, as "average_distance": ||w - a||/||w|| in L2 over all
// trainable parameters. Without a Trainer.AverageDecay there is no number.
type AverageMonitor struct{}

// Name implements Monitor.
func (AverageMonitor) Name() string { return "average_distance" }

// Measure implements Monitor.
func (AverageMonitor) Measure(r *Run) float64 {
	if r.Averaged == nil {
		return math.NaN()
	}
	distance, size := 0.0, 0.0
	for _, p := range r.Params.All() {
		if !p.Trainable() {
			continue
		}
		a := r.Averaged.Get(p.Name).Value
		if p.Value.Dtype() == tensor.Float32 {
			addDistance(&distance, &size, p.Value.Float32s(), a.Float32s())
		} else {
			addDistance(&distance, &size, p.Value.Float64s(), a.Float64s())
		}
	}
	return math.Sqrt(distance / size)
}

// addDistance adds the squares of w - a and of w to the sums.
func addDistance[T float32 | float64](distance, size *float64, w, a []T) {
	for i, v := range w {
		d := float64(v) - float64(a[i])
		*distance += d * d
		*size += float64(v) * float64(v)
	}
}
