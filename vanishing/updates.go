package vanishing

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/train/optim"
)

// smallestSum is the sum of squares down to which squares lost to underflow, each below 1e-307, cannot matter.
const smallestSum = 1e-280

// takeSums fills in what the optimiser has measured of parameters, updates and gradients. These it sees behind any clipping:
// what they were before follows from the norms that they had then, or else from the factor that the run tells.
func (w *probe) takeSums(sums []optim.Sums, unclipped []float64) {
	for i, b := range w.params {
		p, s := &w.record.Params[i], sums[w.places[i]]
		n := float64(b.Size())
		size, rms := math.Sqrt(s.Grad), math.Sqrt(s.Grad/n)
		if !(smallestSum < s.Grad && s.Grad <= math.MaxFloat64) { // squares of float64 may have left its range
			size, rms = valueSizes(b.Grad.Value())
		}
		kept := w.record.Clip // of the gradient's size
		p.GradL2, p.GradRMS = size/kept, rms/kept
		if unclipped != nil {
			p.GradL2 = unclipped[w.places[i]]
			p.GradRMS = p.GradL2 / math.Sqrt(n)
			if kept = 1; p.GradL2 != 0 {
				kept = size / p.GradL2 // 0 if all elements became too small for their type: then the largest is not known
			}
		}
		if !w.record.Details {
			continue
		}
		p.ClippedL2, p.ClippedRMS, p.ClippedMax, p.ClippedMeanAbs = size, rms, s.GradMax, s.GradAbs/n
		p.GradMax, p.GradMeanAbs = s.GradMax/kept, s.GradAbs/n/kept
		p.UpdateL2, p.Unchanged = math.Sqrt(s.Update), float64(s.Same)/n
		if p.NormL2 = math.Sqrt(s.Param); s.Param != 0 {
			p.UpdateRatio = math.Sqrt(s.Update / s.Param)
		}
	}
}

// takeUpdates does the same for an optimiser that does not tell, by comparing the parameters with what they were.
func (w *probe) takeUpdates(before map[string]*tensor.Dense) {
	if !w.record.Details {
		return
	}
	for i, b := range w.params {
		p := &w.record.Params[i]
		p.NormL2 = valueL2(before[b.Name])
		p.UpdateL2, p.Unchanged = change(before[b.Name], b.Value)
		if p.NormL2 != 0 {
			p.UpdateRatio = p.UpdateL2 / p.NormL2
		}
		p.ClippedL2, p.ClippedMax, p.ClippedMeanAbs = valueAbs(b.Grad.Value())
		p.ClippedRMS = p.ClippedL2 / math.Sqrt(float64(b.Size()))
	}
}

// change compares a parameter with what it was: the L2 norm of the difference, and the share of the elements that are the
// same. It overwrites before with the difference.
func change(before, after *tensor.Dense) (norm, unchanged float64) {
	single, double := elements(before)
	singleAfter, doubleAfter := elements(after)
	same := subtractFrom(single, singleAfter) + subtractFrom(double, doubleAfter)
	return valueL2(before), float64(same) / float64(max(1, len(single)+len(double)))
}

// subtractFrom puts after - before in the place of before, and counts the elements that are equal.
func subtractFrom[T kernel.Float](before, after []T) (same int) {
	for i, old := range before {
		if before[i] = after[i] - old; after[i] == old {
			same++
		}
	}
	return same
}
