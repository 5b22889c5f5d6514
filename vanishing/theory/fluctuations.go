package theory

import "math"

// A noise holds the covariances of sums over the n units of a layer, times n: of Σ φ²/n with itself, of Σ φ²/n with Σ φ'²/(nD), and
// of Σ φ'²/(nD) with itself. The two sums may be of two samples. With a normalisation the mean is subtracted from φ.
type noise struct{ signal, mixed, slope float64 }

// plus adds a multiple of b.
func (a noise) plus(by float64, b noise) noise {
	return noise{a.signal + by*b.signal, a.mixed + by*b.mixed, a.slope + by*b.slope}
}

// times is a multiple.
func (a noise) times(by float64) noise { return noise{}.plus(by, a) }

// variance is the variance of a logarithm with the derivative s by Σ φ²/n and 1 by the sum of the slopes, without the variance of the
// slopes alone, which is in Beta.
func (a noise) variance(s float64) float64 { return 2*s*a.mixed + s*s*a.signal }

// fluctuations are the averages of an activation at a mean square q that the first order in 1/width needs.
type fluctuations struct {
	v, vSlope, vBend float64 // E φ², and its derivatives by q
	dSlope, dBend    float64 // the derivatives of ln D
	dCurve           float64 // D''/D
	along            float64 // (E φφ')²/(V D)

	own           noise // of a sample
	first, second noise // the parts of it that are linear and quadratic in z
}

// fluctuationsOf integrates, for φ without its mean where one is given. Derivatives by q are averages with Hermite polynomials,
// as φ' may jump.
func fluctuationsOf(m moments, q, mean float64) fluctuations {
	root := math.Sqrt(q)
	points, weights := rule(panels(0, root, m.kinks))
	values, slopes := make([]float64, len(points)), make([]float64, len(points))
	for i, z := range points {
		weights[i] *= density(z)
		values[i], slopes[i] = m.phi.Eval(root*z)-mean, m.phi.Derivative(root*z)
	}
	average := func(f func(z, phi, slope float64) float64) float64 {
		sum := 0.0
		for i, z := range points {
			sum += weights[i] * f(z, values[i], slopes[i])
		}
		return sum
	}
	d := average(func(_, _, s float64) float64 { return s * s })
	both := average(func(_, x, s float64) float64 { return x * s })
	f := fluctuations{v: average(func(_, x, _ float64) float64 { return x * x })}
	var ofV, ofD [3]float64
	for i, he := range []func(z float64) float64{he1, he2, he4} {
		ofV[i] = average(func(z, x, _ float64) float64 { return he(z) * x * x })
		ofD[i] = average(func(z, _, s float64) float64 { return he(z) * s * s }) / d
	}
	f.vSlope, f.vBend = ofV[1]/(2*q), ofV[2]/(4*q*q)
	f.dSlope, f.dCurve = ofD[1]/(2*q), ofD[2]/(4*q*q)
	f.dBend = f.dCurve - f.dSlope*f.dSlope
	f.along = both * both / (f.v * d)
	f.own = noise{
		signal: average(func(_, x, _ float64) float64 { return x * x * x * x }) - f.v*f.v,
		mixed:  average(func(_, x, s float64) float64 { return x * x * s * s })/d - f.v,
		slope:  average(func(_, _, s float64) float64 { return s * s * s * s })/(d*d) - 1,
	}
	f.first = noise{ofV[0] * ofV[0], ofV[0] * ofD[0], ofD[0] * ofD[0]}
	f.second = noise{ofV[1] * ofV[1], ofV[1] * ofD[1], ofD[1] * ofD[1]}.times(0.5)
	return f
}

func he1(z float64) float64 { return z }
func he2(z float64) float64 { return z*z - 1 }
func he4(z float64) float64 { return (z*z-6)*z*z + 3 }

// pair is the noise between two samples of cosine c: exact to second order in c, and for c = 1.
func (f fluctuations) pair(c float64) noise {
	rest := f.own.plus(-1, f.first).plus(-1, f.second)
	return f.first.times(c).plus(c*c, f.second).plus(c*c*c, rest)
}

// onShell are the noises of values whose mean and mean square a layer normalisation has fixed: their linear and quadratic parts do not
// vary.
func (f fluctuations) onShell(c float64) (own, pair noise) {
	return f.own.plus(-1, f.first).plus(-1, f.second), f.pair(c).plus(-c, f.first).plus(-c*c, f.second)
}
