package profile

import (
	"cmp"
	"math"

	"github.com/pkg/errors"
)

func (p Profile) checkRecords() error {
	for i := range p.Records {
		r := &p.Records[i]
		if i > 0 && r.Step <= p.Records[i-1].Step {
			return errors.Errorf("record %d: got step %d after step %d, want a later one (list the records in the order of their steps, each step once)",
				i, r.Step, p.Records[i-1].Step)
		}
		if err := p.checkLists(r); err != nil {
			return err
		}
		if err := p.checkRecord(r); err != nil {
			return errors.Wrapf(err, "record of step %d", r.Step)
		}
	}
	return nil
}

// checkLists checks the lengths of a record's lists.
func (p Profile) checkLists(r *Record) error {
	layers, params, blocks := len(p.Layers), len(p.Params), len(p.Blocks)
	if len(r.Layers) != layers || len(r.Params) != params {
		return cmp.Or(r.checkLength("layers", len(r.Layers), layers), r.checkLength("params", len(r.Params), params))
	}
	if n := len(p.Losses); n > 0 {
		if err := checkOptional(r, "losses", r.Losses, n); err != nil {
			return err
		}
	}
	if d := r.Details; d != nil {
		if err := cmp.Or(
			r.checkLength("details.layers", len(d.Layers), layers), r.checkLength("details.params", len(d.Params), params),
			checkOptional(r, "details.clipped", d.Clipped, params), checkOptional(r, "details.updates", d.Updates, params),
			checkOptional(r, "details.blocks", d.Blocks, blocks), checkOptional(r, "details.writes", d.Writes, blocks),
		); err != nil {
			return err
		}
	}
	if err := checkOptional(r, "signal", r.Signal, blocks); err != nil {
		return err
	}
	if h := r.Histograms; h != nil {
		return cmp.Or(r.checkLength("histograms.layers", len(h.Layers), layers), r.checkLength("histograms.params", len(h.Params), params))
	}
	return nil
}

// checkLength returns an error if a list, named by its JSON key, does not have as many entries as the profile's.
func (r *Record) checkLength(key string, got, want int) error {
	if got == want {
		return nil
	}
	return errors.Errorf("record of step %d: got %d entries in %s, want %d, as many as the profile lists (cut both or neither)",
		r.Step, got, key, want)
}

// checkOptional is checkLength for a list that may be missing, which is nil then.
func checkOptional[T any](r *Record, key string, list []T, want int) error {
	if list == nil {
		return nil
	}
	return r.checkLength(key, len(list), want)
}

// checkRecord checks the numbers of a record.
func (p Profile) checkRecord(r *Record) error {
	if uint(r.Step) > maxCount || uint(r.Epoch) > maxCount || uint(r.Batch) > maxCount {
		return checkCount(count{"step", r.Step}, count{"epoch", r.Epoch}, count{"batch", r.Batch})
	}
	for i := range r.Layers {
		if err := checkLayer(r, i); err != nil {
			return errors.Wrapf(err, "layer %d, %q", i, p.Layers[i].Path)
		}
	}
	for i := range r.Params {
		if err := checkParam(r, i); err != nil {
			return errors.Wrapf(err, "parameter %d, %q", i, p.Params[i].Name)
		}
	}
	if err := r.checkRanks(); err != nil {
		return err
	}
	for i := range p.Blocks {
		if err := checkSizes(BlockQuantities, r, i); err != nil {
			return errors.Wrapf(err, "block %d, %q", i, p.Blocks[i].Path)
		}
	}
	return nil
}

// checkLayer checks the numbers of a layer. Long runs have millions of them, so the sizes are compared first, and the slower
// search for the name of a negative one follows only if there is one.
func checkLayer(r *Record, i int) error {
	negative := r.Layers[i].DeltaRMS < 0
	if d := r.Details; d != nil {
		l := &d.Layers[i]
		negative = negative || l.ActGradRMS < 0 || l.PreStd < 0 || l.ActStd < 0
		if l.Gains != nil && l.Gains.tooLarge() {
			return l.Gains.check()
		}
	}
	if negative {
		return checkSizes(LayerQuantities, r, i)
	}
	if r.Histograms == nil {
		return nil
	}
	h := r.Histograms.Layers[i]
	return cmp.Or(errors.Wrap(h.Delta.check(), "histogram of delta"), errors.Wrap(h.Pre.check(), "histogram of pre"))
}

// checkParam checks the numbers of a parameter, as checkLayer does.
func checkParam(r *Record, i int) error {
	p := &r.Params[i]
	if p.GradL2 < 0 || p.GradRMS < 0 || r.Details != nil && r.Details.negative(i) {
		return checkSizes(ParamQuantities, r, i)
	}
	if r.Histograms == nil {
		return nil
	}
	h := r.Histograms.Params[i]
	return cmp.Or(errors.Wrap(h.Grad.check(), "histogram of grad"), errors.Wrap(h.Value.check(), "histogram of value"))
}

// negative reports whether a size of a parameter is below zero.
func (d *Details) negative(i int) bool {
	p := &d.Params[i]
	if p.NormL2 < 0 || p.GradMax < 0 || p.GradMeanAbs < 0 || p.SNR != nil && *p.SNR < 0 ||
		p.Filters != nil && (p.Filters.MinL2 < 0 || p.Filters.MedianL2 < 0 || p.Filters.MaxL2 < 0) {
		return true
	}
	if d.Updates != nil && (d.Updates[i].L2 < 0 || d.Updates[i].Ratio < 0) {
		return true
	}
	if d.Clipped == nil {
		return false
	}
	c := &d.Clipped[i]
	return c.L2 < 0 || c.RMS < 0 || c.Max < 0 || c.MeanAbs < 0
}

// checkSizes returns an error for the first size below zero. NaN is allowed.
func checkSizes(quantities []Quantity, r *Record, i int) error {
	for _, q := range quantities {
		if v, _ := q.Of(r, i); q.Size && v < 0 {
			return errors.Errorf("got %s %g, want a size, 0 or more", q.Name, v)
		}
	}
	return nil
}

// maxDecades bounds the parts of gains, which the budget of package diagnose converts to whole tenths. The log10 of the ratio
// of two numbers is below 632, and a part is the sum of a few of them.
const maxDecades = 1e6

// tooMany reports whether decades are finite and out of bounds.
func tooMany(decades float64) bool {
	size := math.Abs(decades)
	return size > maxDecades && size <= math.MaxFloat64
}

func (g *Gains) tooLarge() bool {
	return tooMany(float64(g.Weight)) || tooMany(float64(g.Activation)) || tooMany(float64(g.Norm)) || tooMany(float64(g.Skip)) || tooMany(float64(g.Other))
}

// check returns an error for the first part that is too large.
func (g *Gains) check() error {
	for _, part := range GainParts {
		if v := part.Of(g); tooMany(v) {
			return errors.Errorf("got gains.%s %g, want decades from -1e6 to 1e6, or infinite", part.Name, v)
		}
	}
	return nil
}

// The exponents of float64: the least, and the one after the greatest.
const (
	leastExponent = -1074
	endOfExponent = 1024
)

// check checks the buckets and counts; a nil histogram is valid.
func (h *Histogram) check() error {
	if h == nil {
		return nil
	}
	n := len(h.Positive)
	if len(h.Negative) != n {
		return errors.Errorf("got %d buckets of negative numbers and %d of positive ones, want as many of both", len(h.Negative), n)
	}
	if h.Low < leastExponent || h.Low > endOfExponent-n {
		return errors.Errorf("got %d buckets from low %d on, want exponents from %d to %d", n, h.Low, leastExponent, endOfExponent-1)
	}
	for i := range n {
		if uint(h.Negative[i]) > maxCount || uint(h.Positive[i]) > maxCount {
			return checkCount(count{"a negative count of", h.Negative[i]}, count{"a positive count of", h.Positive[i]})
		}
	}
	return checkCount(count{"zero", h.Zero}, count{"nan", h.NaN}, count{"inf", h.Inf})
}
