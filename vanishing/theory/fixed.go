package theory

import (
	"math"

	"github.com/pkg/errors"
)

// A FixedPoint is the limit of a deep plain network with equal variances in all layers: the signal no longer changes from layer to
// layer, and the gradient changes by a constant factor (Poole et al. 2016, Schoenholz et al. 2017).
type FixedPoint struct {
	Q     float64 // mean square of the pre-activation; 0 if it vanishes, +Inf if it grows without bound
	Chi   float64 // factor of the squared gradient per layer; below 1 it vanishes, above it explodes
	Kappa float64 // 3 E φ'⁴/(E φ'²)² - 1: see "Finite width" in the package documentation
	// QSlope is the factor per layer of a deviation of the mean square: below 1 the fixed point is stable.
	QSlope float64
	// C is the limit of the cosine between two samples, and CSlope the factor per layer of a deviation from it. Both are NaN if Q is
	// 0 or +Inf.
	C, CSlope float64
}

// correlationScale is 1/|ln CSlope|, the layers over which what distinguishes two samples fades by a factor e. Networks of up
// to about six times that depth have been found to train (Schoenholz et al. 2017).
func (f FixedPoint) correlationScale() float64 { return 1 / math.Abs(math.Log(f.CSlope)) }

// A mean square that still grows beyond huge is unbounded, and one that still falls below tiny vanishes, as activations are almost
// linear there. vanished and unbounded are the mean squares at which chi is then evaluated.
const (
	tiny, huge          = 1e-12, 1e12
	vanished, unbounded = 1e-250, 1e250
)

// fixed finds the fixed point that an input of a mean square, start, is drawn to. The weights' variance is given times the width (2
// for He's initialisation), the biases' as it is.
func fixed(m moments, weightVar, biasVar, start float64) FixedPoint {
	q := settle(m, weightVar, biasVar, start)
	f := FixedPoint{Q: q, Chi: weightVar * m.D(q), Kappa: m.Kappa(q), C: math.NaN(), CSlope: math.NaN()}
	f.QSlope = weightVar * m.VPrime(q)
	switch {
	case q == vanished:
		f.Q = 0
	case q == unbounded:
		f.Q = math.Inf(1)
	default:
		f.C, f.CSlope = settleCosine(m, weightVar, biasVar, q, f.Chi)
	}
	return f
}

// settle follows the mean square from layer to layer until it stands. Newton's method takes over where it gets nearer.
func settle(m moments, weightVar, biasVar, q float64) float64 {
	const layers = 400
	step := func(q float64) float64 { return weightVar*m.V(q) + biasVar - q }
	f := step(q)
	for i := range layers {
		switch {
		case math.Abs(f) <= 1e-15*q:
			return q
		case q < tiny && f < 0 && biasVar == 0:
			return vanished
		case q > huge && f > 0:
			return unbounded
		}
		if slope := weightVar * m.VPrime(q); i > 5 && slope < 1 {
			if next := q + f/(1-slope); next > q/10 && next < 10*q {
				if g := step(next); math.Abs(g) < math.Abs(f) {
					q, f = next, g
					continue
				}
			}
		}
		q += f
		f = step(q)
	}
	return q
}

// settleCosine finds the stable fixed point of the cosine between two samples. Where the gradient does not grow, that is
// 1. Elsewhere it is below, where the curve of the next cosine, which starts above the diagonal, crosses it.
func settleCosine(m moments, weightVar, biasVar, q, chi float64) (c, slope float64) {
	if chi <= 1 {
		return 1, chi
	}
	next := m.cosineMap(weightVar, biasVar, q)
	low, high := 0.0, 1-1e-7
	if f, _ := next(high); f >= high {
		return 1, chi
	}
	for range 60 {
		c = (low + high) / 2
		if f, _ := next(c); f > c {
			low = c
		} else {
			high = c
		}
	}
	_, slope = next((low + high) / 2)
	return (low + high) / 2, slope
}

// cosineMap gives the cosine of two samples in the next layer, and its slope.
func (m moments) cosineMap(weightVar, biasVar, q float64) func(c float64) (next, slope float64) {
	if m.form.k != nil {
		return func(c float64) (float64, float64) {
			return (weightVar*m.K(q, q, q*c) + biasVar) / q, weightVar * m.KDot(q, q, q*c)
		}
	}
	d := m.dual(q)
	return func(c float64) (float64, float64) {
		k, dot := d.cross(d, c)
		return (weightVar*k + biasVar) / q, weightVar * dot
	}
}

// CriticalWeightVar is the weights' variance, times the width, for which Chi is 1 at a variance of the biases: the edge of
// chaos. It is an error with the cause ErrNoTheory if there is none for a mean square of the pre-activation between 1e-9
// and 1e6.
func CriticalWeightVar(phi Activation, biasVar float64) (float64, error) {
	m := momentsOf(phi)
	bias := func(logQ float64) float64 {
		q := math.Exp(logQ)
		return q - m.V(q)/m.D(q)
	}
	low, high := math.Log(1e-9), math.Log(1e6)
	if bias(low) > biasVar || bias(high) < biasVar {
		return 0, errors.Wrapf(ErrNoTheory, "%v has no critical line at bias variance %g", phi, biasVar)
	}
	for range 100 {
		if middle := (low + high) / 2; bias(middle) < biasVar {
			low = middle
		} else {
			high = middle
		}
	}
	return 1 / m.D(math.Exp(low)), nil
}
