package vanishing

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// smallestSum is the sum of squares down to which squares lost to underflow, each below 1e-307, cannot matter.
const smallestSum = 1e-280

// takeSums fills in what the optimiser has measured of parameters, updates and gradients. These it sees behind any clipping:
// what they were before follows from the norms that they had then, or else from the factor that the run tells.
func (w *probe) takeSums(sums []optim.Sums, unclipped []float64) {
	r := w.record
	if d := r.Details; d != nil {
		d.Clipped, d.Updates = make([]profile.ClippedGrad, len(w.params)), make([]profile.Update, len(w.params))
	}
	for i, b := range w.params {
		p, s := &r.Params[i], sums[w.places[i]]
		n := float64(b.Size())
		size, rms := numbers2(math.Sqrt(s.Grad), math.Sqrt(s.Grad/n))
		if !(smallestSum < s.Grad && s.Grad <= math.MaxFloat64) { // squares of float64 may have left its range
			size, rms = valueSizes(b.Grad.Value())
		}
		kept := r.Clip // of the gradient's size
		p.GradL2, p.GradRMS = size/kept, rms/kept
		if unclipped != nil {
			norm := number(unclipped[w.places[i]])
			p.GradL2, p.GradRMS = norm, norm/number(math.Sqrt(n))
			if kept = 1; norm != 0 {
				kept = size / norm // 0 if all elements became too small for their type: then the largest is not known
			}
		}
		if d := r.Details; d != nil {
			highest, mean := numbers2(s.GradMax, s.GradAbs/n)
			d.Clipped[i] = profile.ClippedGrad{L2: size, RMS: rms, Max: highest, MeanAbs: mean}
			d.Params[i].GradMax, d.Params[i].GradMeanAbs = highest/kept, mean/kept
			d.Params[i].NormL2 = number(math.Sqrt(s.Param))
			d.Updates[i] = profile.Update{
				L2: number(math.Sqrt(s.Update)), Ratio: number(math.NaN()), Unchanged: number(float64(s.Same) / n),
			}
			if s.Param != 0 {
				d.Updates[i].Ratio = number(math.Sqrt(s.Update / s.Param))
			}
		}
	}
}

// takeUpdates does the same for an optimiser that does not tell, by comparing the parameters with what they were.
func (w *probe) takeUpdates(before map[string]*tensor.Dense) {
	d := w.record.Details
	if d == nil {
		return
	}
	d.Clipped, d.Updates = make([]profile.ClippedGrad, len(w.params)), make([]profile.Update, len(w.params))
	for i, b := range w.params {
		norm := valueL2(before[b.Name])
		u, c := &d.Updates[i], &d.Clipped[i]
		d.Params[i].NormL2 = norm
		u.L2, u.Unchanged = change(before[b.Name], b.Value)
		if u.Ratio = number(math.NaN()); norm != 0 {
			u.Ratio = u.L2 / norm
		}
		c.L2, c.Max, c.MeanAbs = valueAbs(b.Grad.Value())
		c.RMS = c.L2 / rootOf(b.Size())
	}
}

// change compares a parameter with what it was: the L2 norm of the difference, and the share of the elements that are the
// same. It overwrites before with the difference.
func change(before, after *tensor.Dense) (norm, unchanged number) {
	single, double := elements(before)
	singleAfter, doubleAfter := elements(after)
	same := subtractFrom(single, singleAfter) + subtractFrom(double, doubleAfter)
	return valueL2(before), number(same) / number(max(1, len(single)+len(double)))
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
