package structure

import (
	"slices"

	"github.com/gradflow/gradflow/graph/op"
)

// A statistic tells how a node was computed from another one by the arithmetic of a normalisation.
type statistic struct {
	stage stage
	of    int   // the node that is normalised
	axes  []int // that the statistic was taken over
}

// A stage is how far the arithmetic of a normalisation has come.
type stage int

const (
	noStage stage = iota
	squared       // x² or (x - mean)²
	mean          // the mean or sum of x, or another statistic of it that is not about squares
	spread        // the mean of squares, and functions of it: variance, standard deviation, and its inverse
	centred       // x - mean
)

// noteStatistic finds the statistic of a node from the statistics of its operands.
func (f *finder) noteStatistic(n int) {
	if f.origins[n] != sample {
		return
	}
	from := f.reads[n]
	switch f.specs[n].Kind {
	case op.KindSquare:
		f.statistics[n] = f.squareOf(from[0])
	case op.KindPow:
		f.statistics[n] = f.squareOf(from[0])
		if power, ok := f.number(from[1]); !ok || power != 2 {
			f.statistics[n] = f.carried(n) // of the spread, as in variance^-0.5
		}
	case op.KindSum, op.KindMean, op.KindMax:
		f.statistics[n] = f.reduced(n)
	case op.KindRStd:
		if len(from) == 1 { // of a variance
			f.statistics[n] = f.carried(n)
		}
	case op.KindMul:
		if f.statistics[n] = f.carried(n); from[0] == from[1] {
			f.statistics[n] = f.squareOf(from[0])
		}
	case op.KindSub:
		x, m := from[0], f.statistics[from[1]]
		if m.stage == mean && m.of == x {
			f.statistics[n] = statistic{centred, x, m.axes}
		} else {
			f.statistics[n] = f.carried(n)
		}
	case op.KindAdd, op.KindDiv, op.KindScale, op.KindSqrt, op.KindInverse, op.KindInverseSqrt, op.KindNeg, op.KindReshape, op.KindRepeat,
		op.KindRankMean:
		f.statistics[n] = f.carried(n)
	}
}

// squareOf is the square of x, or of its distance from the mean.
func (f *finder) squareOf(x int) statistic {
	switch s := f.statistics[x]; s.stage {
	case centred:
		return statistic{squared, s.of, s.axes}
	case mean:
		return statistic{spread, s.of, s.axes} // subtracted from the mean of squares
	}
	return statistic{stage: squared, of: x}
}

// reduced is the statistic that a sum, mean or maximum gives.
func (f *finder) reduced(n int) statistic {
	x, axes := f.reads[n][0], f.axesOf(n)
	if s := f.statistics[x]; s.stage == squared || s.stage == spread {
		return statistic{spread, s.of, axes}
	}
	return statistic{mean, x, axes}
}

// axesOf is the axes that a reduction is taken over.
func (f *finder) axesOf(n int) []int {
	spec, dims := f.specs[n], len(f.shapes[f.reads[n][0]])
	switch {
	case spec.Axes != nil:
		return spec.Axes
	case spec.Over == op.OverFeatures:
		return []int{dims - 1}
	}
	features := dims - 1 // the axis that a statistic is not taken over
	switch {
	case spec.Over == op.OverImages:
		features = 1
	case spec.Over.Groups() > 0:
		features = 0
	}
	var axes []int
	for i := range dims {
		if i != features {
			axes = append(axes, i)
		}
	}
	return axes
}

// carried is the statistic of a node whose operands all are statistics of one node, or constants.
func (f *finder) carried(n int) (s statistic) {
	for _, k := range f.reads[n] {
		if f.origins[k] == constant {
			continue
		}
		t := f.statistics[k]
		if t.stage != mean && t.stage != spread || f.origins[k] != sample || s.stage != noStage && s.of != t.of {
			return statistic{}
		}
		if s.stage != spread {
			s = t
		}
	}
	return s
}

// A normalised is a normalisation that was found at a node.
type normalised struct {
	x           int
	kind        NormKind
	helpers     []int // other nodes of the normalisation that read x
	gain, shift int   // parameters that the operation also applies; -1 if there are none
	axes        []int // that the statistics were taken over; nil if the kind is known
}

// normAt recognises a normalisation, as one operation or as the last step of its arithmetic.
func (f *finder) normAt(n int) (normalised, bool) {
	from, spec := f.reads[n], f.specs[n]
	switch spec.Kind {
	case op.KindNormalize:
		found := normalised{x: from[0], kind: BatchNorm, gain: -1, shift: -1}
		switch {
		case spec.Name == "rms":
			found.kind, found.gain = RMSNorm, from[1]
		case spec.Over == op.OverFeatures:
			found.kind = LayerNorm
		case spec.Over.Groups() > 0:
			found.kind = GroupNorm
		}
		if len(from) == 5 { // x, mean, 1/deviation, gain, shift
			found.helpers, found.gain, found.shift = from[1:3], from[3], from[4]
		}
		return found, true
	case op.KindGroupNormalize:
		return normalised{x: from[0], kind: GroupNorm, gain: -1, shift: -1}, true
	case op.KindDiv:
		return f.quotient(n, from[0], from[1])
	case op.KindMul:
		if found, ok := f.quotient(n, from[0], from[1]); ok {
			return found, true
		}
		return f.quotient(n, from[1], from[0])
	}
	return normalised{}, false
}

// quotient recognises the division of x, or of its distance from the mean, by its spread.
func (f *finder) quotient(n, above, below int) (found normalised, ok bool) {
	s, c := f.statistics[below], f.statistics[above]
	if s.stage != spread {
		return found, false
	}
	found = normalised{x: s.of, axes: s.axes, gain: -1, shift: -1}
	switch {
	case c.stage == centred && c.of == s.of:
	case above == s.of:
		found.kind = RMSNorm
	default:
		return found, false
	}
	for _, r := range f.readers[s.of] {
		if t := f.statistics[r]; t.stage != noStage && t.of == s.of {
			found.helpers = append(found.helpers, r)
		}
	}
	return found, true
}

// kindOf tells a normalisation over samples from one over units.
func (found normalised) kindOf(unitAxis, dims int) NormKind {
	if found.kind != NoNorm {
		return found.kind
	}
	if unitAxis >= 0 && slices.Contains(found.axes, dims-1-unitAxis) {
		return LayerNorm
	}
	return BatchNorm
}
