package scale

import "math"

// Tolerance is added to both ends of an interval before it is held against a law. Laws hold for large sizes. The exponent at
// those that are measured differs: terms of the relative size n^-1/2 and 1/n tilt it by some hundredths from 64 units on. The largest tilt
// in the trials of this package was 0.15, that of updates over the depth of Transformers, and laws lie half a power or more apart.
const Tolerance = 0.15

// A Verdict says which law the exponents follow, and what does not keep its size.
type Verdict struct {
	Law      string   // the one law that all exponents follow; "" if there is none, or if there are several
	Possible []string // all laws that no exponent contradicts: one, or several if the verdict is undetermined
	Misses   []Miss   // what contradicts each of the others, in their order
	Findings []Finding
}

// Undetermined tells whether several laws, or all of none, are possible.
func (v Verdict) Undetermined() bool {
	return v.Law == "" && (len(v.Possible) > 0 || len(v.Misses) == 0)
}

// A Miss is an exponent that contradicts a law.
type Miss struct {
	Law       string
	Layer     string
	Quantity  Quantity
	Fit       Fit
	Low, High float64 // what the law expects
}

// A Finding is an exponent of a network that does not keep its size, with what mends it.
type Finding struct {
	Layer    string
	Quantity Quantity
	Fit      Fit
	Remedy   Remedy
	// Cause is the layer whose remedy mends this one too; "" if Remedy does.
	Cause string
}

// Judge holds the exponents of a check against the laws.
func (c *Check) Judge() Verdict {
	var v Verdict
	for _, law := range c.Laws() {
		misses := c.misses(law)
		if len(misses) == 0 {
			v.Possible = append(v.Possible, law.Name)
		}
		v.Misses = append(v.Misses, misses...)
	}
	if len(v.Possible) == 1 {
		v.Law = v.Possible[0]
	}
	if c.Depth {
		v.Findings = c.depthFindings(v.Law)
	} else {
		v.Findings = c.widthFindings()
	}
	return v
}

// misses lists the exponents that contradict a law.
func (c *Check) misses(law Law) (list []Miss) {
	for _, l := range c.Layers {
		for q := Activation; q <= Change; q++ {
			low, high, ok := law.Expects(l, q, c.Depth)
			if curve := l.Curve(q, q.step()); ok && curve != nil && curve.outside(low, high) {
				list = append(list, Miss{law.Name, l.Name, q, curve.Fit, low, high})
			}
		}
	}
	return list
}

// outside tells whether no exponent of a range is in the interval, with its tolerance.
func (f Fit) outside(low, high float64) bool {
	return f.High+Tolerance < low || high < f.Low-Tolerance
}

// half is the one multiple of 1/2 in the interval, with its tolerance; false if there is none or several.
func (f Fit) half() (float64, bool) {
	first := math.Ceil(2 * (f.Low - Tolerance))
	last := math.Floor(2 * (f.High + Tolerance))
	return first / 2, first == last
}

// plus is a fit with a number added to the exponent.
func (f Fit) plus(x float64) Fit { return Fit{f.Exponent + x, f.Low + x, f.High + x} }
