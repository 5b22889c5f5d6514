package profile

import (
	"math"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing/internal/words"
)

func (p Profile) checkRecords() error {
	for i := range p.Records {
		r := &p.Records[i]
		if err := p.checkLists(r); err != nil {
			return err
		}
		if err := p.checkRecord(r); err != nil {
			return errors.Wrapf(err, "the record of step %d", r.Step)
		}
	}
	return nil
}

// checkLists compares the lists of a record with those of the profile.
func (p Profile) checkLists(r *Record) error {
	if len(r.Layers) != len(p.Layers) || len(r.Params) != len(p.Params) {
		return errors.Errorf("the record of step %d has %s and %s, but the profile lists %d and %d: cut both or neither",
			r.Step, words.Count(len(r.Layers), "layer"), words.Count(len(r.Params), "parameter"), len(p.Layers), len(p.Params))
	}
	if n := len(r.Blocks); n != 0 && n != len(p.Blocks) {
		return errors.Errorf("the record of step %d has %s, but the profile lists %d: cut both or neither",
			r.Step, words.Count(n, "block"), len(p.Blocks))
	}
	return nil
}

// checkRecord looks at the numbers of a record.
func (p Profile) checkRecord(r *Record) error {
	if uint(r.Step) > mostCounted || uint(r.Epoch) > mostCounted || uint(r.Batch) > mostCounted {
		return firstBadCount(counted{"step", r.Step}, counted{"epoch", r.Epoch}, counted{"batch", r.Batch})
	}
	for i := range r.Layers {
		if err := r.Layers[i].check(); err != nil {
			return errors.Wrapf(err, "layer %d, %q", i, p.Layers[i].Path)
		}
	}
	for i := range r.Params {
		if err := r.Params[i].check(); err != nil {
			return errors.Wrapf(err, "parameter %d, %q", i, p.Params[i].Name)
		}
	}
	for i, b := range r.Blocks {
		if err := firstNegative([]Quantity{{"total_rms", b.TotalRMS}, {"skip_rms", b.SkipRMS}, {"branch_rms", b.BranchRMS}}); err != nil {
			return errors.Wrapf(err, "block %d, %q", i, p.Blocks[i].Path)
		}
	}
	return nil
}

func (l *LayerRecord) check() error {
	if l.DeltaRMS < 0 || l.ActGradRMS < 0 || l.PreStd < 0 || l.ActStd < 0 { // long runs have millions of these
		return firstNegative([]Quantity{{"delta_rms", l.DeltaRMS}, {"act_grad_rms", l.ActGradRMS}, {"pre_std", l.PreStd}, {"act_std", l.ActStd}})
	}
	if err := l.Gains.check(); err != nil {
		return err
	}
	if err := l.Delta.check(); err != nil {
		return errors.Wrap(err, "delta_histogram")
	}
	if err := l.Pre.check(); err != nil {
		return errors.Wrap(err, "pre_histogram")
	}
	return nil
}

func (r *ParamRecord) check() error {
	if r.GradL2 < 0 || r.GradRMS < 0 || r.NormL2 < 0 || r.UpdateRatio < 0 || r.GradMax < 0 || r.GradMeanAbs < 0 || r.ClippedL2 < 0 ||
		r.ClippedRMS < 0 || r.ClippedMax < 0 || r.ClippedMeanAbs < 0 || r.UpdateL2 < 0 || r.SNR < 0 {
		return firstNegative([]Quantity{
			{"grad_l2", r.GradL2}, {"grad_rms", r.GradRMS}, {"norm_l2", r.NormL2}, {"update_ratio", r.UpdateRatio}, {"grad_max", r.GradMax},
			{"grad_mean_abs", r.GradMeanAbs}, {"clipped_l2", r.ClippedL2}, {"clipped_rms", r.ClippedRMS}, {"clipped_max", r.ClippedMax},
			{"clipped_mean_abs", r.ClippedMeanAbs}, {"update_l2", r.UpdateL2}, {"snr", r.SNR},
		})
	}
	if err := r.Grad.check(); err != nil {
		return errors.Wrap(err, "grad_histogram")
	}
	if err := r.Value.check(); err != nil {
		return errors.Wrap(err, "value_histogram")
	}
	return nil
}

// firstNegative says which size is below zero. NaN is not.
func firstNegative(sizes []Quantity) error {
	for _, q := range sizes {
		if q.Value < 0 {
			return errors.Errorf("got %s %g, want a size, 0 or more", q.Name, q.Value)
		}
	}
	return nil
}

// mostDecades bounds the parts of gains: the logarithm of the ratio of two numbers is below 632, and a part sums some of
// those. [Budget] counts in tenths of a decade.
const mostDecades = 1e6

// tooMany tells whether decades are finite and beyond the bound.
func tooMany(decades float64) bool {
	size := math.Abs(decades)
	return size > mostDecades && size <= math.MaxFloat64
}

func (g *Gains) check() error {
	if !tooMany(g.Weight) && !tooMany(g.Activation) && !tooMany(g.Norm) && !tooMany(g.Skip) && !tooMany(g.Other) {
		return nil
	}
	for _, q := range []Quantity{{"weight", g.Weight}, {"activation", g.Activation}, {"norm", g.Norm}, {"skip", g.Skip}, {"other", g.Other}} {
		if tooMany(q.Value) {
			return errors.Errorf("got gains.%s %g, want decades from -1e6 to 1e6, or infinite", q.Name, q.Value)
		}
	}
	return nil
}

// The exponents of float64: the least of a number, and the first that none has.
const (
	leastExponent = -1074
	endOfExponent = 1024
)

// check looks at a histogram; nil is none.
func (h *Histogram) check() error {
	if h == nil {
		return nil
	}
	n := len(h.Positive)
	if len(h.Negative) != n {
		return errors.Errorf("got %d buckets of negative numbers and %d of positive ones, want as many", len(h.Negative), n)
	}
	if h.Low < leastExponent || h.Low > endOfExponent-n {
		return errors.Errorf("got %d buckets from low %d on, want exponents from %d to %d", n, h.Low, leastExponent, endOfExponent-1)
	}
	for i := range n {
		if uint(h.Negative[i]) > mostCounted || uint(h.Positive[i]) > mostCounted {
			return firstBadCount(counted{"a negative count of", h.Negative[i]}, counted{"a positive count of", h.Positive[i]})
		}
	}
	return firstBadCount(counted{"zero", h.Zero}, counted{"nan", h.NaN}, counted{"inf", h.Inf})
}
