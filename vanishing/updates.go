package vanishing

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// smallestSum is the sum of squares above which squares lost to underflow, each below 1e-307, are negligible.
const smallestSum = 1e-280

// recordSums fills in the optimiser's measurements of parameters, updates and gradients. The optimiser receives the gradients after
// clipping. Their values before clipping follow from their norms before clipping, or else from the factor r.Clip. After uneven clipping
// only the norms are known.
func (w *probe) recordSums(sums []optim.Sums, run *train.Run) {
	r := w.record
	if d := r.Details; d != nil {
		d.Clipped, d.Updates = make([]profile.ClippedGrad, len(w.params)), make([]profile.Update, len(w.params))
	}
	for i, b := range w.params {
		p, s := &r.Params[i], sums[w.places[i]]
		n := float64(b.Size())
		size, rms := numbers2(math.Sqrt(s.Grad), math.Sqrt(s.Grad/n))
		if !(smallestSum < s.Grad && s.Grad <= math.MaxFloat64) { // squares may have left the range of float64
			size, rms = valueSizes(b.Grad.Value())
		}
		kept := r.Clip // factor by which clipping has scaled the gradient
		p.GradL2, p.GradRMS = size/kept, rms/kept
		if run.Unclipped != nil {
			norm := number(run.Unclipped[w.places[i]])
			p.GradL2, p.GradRMS = norm, norm/number(math.Sqrt(n))
			if kept = 1; norm != 0 {
				kept = size / norm // 0 if all elements underflowed, which leaves the largest unknown
			}
		}
		if run.Uneven {
			kept = number(math.NaN())
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

// remeasure measures the gradients of a step of several batches, of which the taps saw the last one alone. Clipping callbacks may have
// been called already.
func (w *probe) remeasure(run *train.Run) {
	for i, b := range w.params {
		p := &w.record.Params[i]
		norm, highest, mean := valueAbs(b.Grad.Value())
		p.GradL2 = norm / number(run.Clip)
		if run.Unclipped != nil {
			p.GradL2 = number(run.Unclipped[w.places[i]])
		}
		p.GradRMS = p.GradL2 / rootOf(b.Size())
		if d := w.record.Details; d != nil && norm != 0 {
			scale := p.GradL2 / norm
			if run.Uneven {
				scale = number(math.NaN())
			}
			d.Params[i].GradMax, d.Params[i].GradMeanAbs = highest*scale, mean*scale
		}
	}
}

// recordUpdates measures the updates of an optimiser that does not, by comparing the parameters with their copies from before.
func (w *probe) recordUpdates(before map[string]*tensor.Dense) {
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

// change returns the L2 norm of the change of a parameter and the share of unchanged elements. It overwrites before with the
// difference.
func change(before, after *tensor.Dense) (norm, unchanged number) {
	single, double := elements(before)
	singleAfter, doubleAfter := elements(after)
	same := subtractFrom(single, singleAfter) + subtractFrom(double, doubleAfter)
	return valueL2(before), number(same) / number(max(1, len(single)+len(double)))
}

// subtractFrom overwrites before with after - before, and counts the equal elements.
func subtractFrom[T kernel.Float](before, after []T) (same int) {
	for i, old := range before {
		if before[i] = after[i] - old; after[i] == old {
			same++
		}
	}
	return same
}
