package main

import "math"

// The distribution function of the normal distribution is computed as
//
//	Φ(-x) = exp(-x²/2)·g(t)/(1 + √2·x),  t = (x - 5)/(x + 5),  x >= 0
//
// where g hardly changes and is a polynomial of t: Shepherd & Laframboise 1981, Chebyshev approximation of
// (1+2x)exp(x²)erfc(x) in 0 <= x < ∞. The coefficients interpolate g at the Chebyshev nodes, computed with 40 digits, up to the
// x beyond which Φ(-x) is 0 in the type. The relative error is 5e-9 for float32 and 2e-17 for float64.
var (
	tail32 = []float64{
		0.6208209259293549408, -0.07005242262362930737, -0.004193624234049191628, 0.04764899132711149195,
		-0.05716083386974425934, 0.04439482328874080502, -0.02516595399149506949, 0.01023276872735000595,
		-0.002495051132898671954, -0.0001131251536805732349, 0.0003055750905877122268,
	}
	tail64 = []float64{
		0.620820926494837228, -0.07005241362061764564, -0.004193708178282994081, 0.04764866133891430339,
		-0.05715904897197459011, 0.0443988613298213874, -0.02517855483540676572, 0.01020885137718270088,
		-0.002461265140404457227, -0.0000446001742770644385, 0.0002828893849275917106, -0.0000762114005666830228,
		-0.00001674792968403493998, 0.00001334056279421377636, 1.821065926453436027e-7, -1.953430660097558799e-6,
		1.44433869981611674e-7, 2.976007293566472934e-7, -2.649876177199855878e-8, -4.773424773643361918e-8,
		-2.580450134049930782e-10, 5.946671277667061368e-9, 1.188076191070008198e-9,
	}
)

// erf(x)/x is a polynomial of x² for |x| <= 1, interpolated likewise, with relative errors of 2e-9 and 9e-18.
var (
	erf32 = []float64{
		1.128379165848350946, -0.3761262666672033102, 0.1128359471516021773, -0.02685421201062641244, 0.005189087423433973986,
		-0.0008016864287165869529, 0.00007875875062685488341,
	}
	erf64 = []float64{
		1.128379167095512567, -0.3761263890318354044, 0.1128379167094500627, -0.02686617064323777036, 0.005223977607116422732,
		-0.0008548325975389692081, 0.0001205529490483970792, -0.00001492473690741966034, 1.644742470331736241e-6,
		-1.62084838018717059e-7, 1.37200645467776856e-8, -7.795898827002142242e-10,
	}
)

// The constants of the functions in this file, which follow those of exp.
const (
	nSign  = iota // the sign bit
	nLimit        // the x beyond which Φ(-x) is 0
	nFive         // in t, see above
	nSqrt2
	nTwo
	nDensity // 1/√(2π)
	nSlope   // 2/√π
	nTail    // the first coefficient of g; those of erf(x)/x follow
)

func (k kernel) normalConstants() []float64 {
	limit := 14.5
	if k.double {
		limit = 39
	}
	c := append(k.expConstants(), math.Copysign(0, -1), limit, 5, math.Sqrt2, 2, 1/math.Sqrt(2*math.Pi), 2/math.Sqrt(math.Pi))
	return append(append(c, k.tailCoefficients()...), k.erfCoefficients()...)
}

func (k kernel) tailCoefficients() []float64 {
	if k.double {
		return tail64
	}
	return tail32
}

func (k kernel) erfCoefficients() []float64 {
	if k.double {
		return erf64
	}
	return erf32
}

// normal gives the constants of this file.
func (k kernel) normal(c func(int) vec) func(int) vec {
	at := len(k.expConstants())
	return func(i int) vec { return c(at + i) }
}

// magnitude is |x|, also of a subnormal number.
func (k kernel) magnitude(x vec, n func(int) vec) vec { return k.andNot(n(nSign), x) }

// polynomial evaluates the polynomial in x whose n coefficients begin at constant first, the constant term first.
func (k kernel) polynomial(x vec, first, n int, c func(int) vec) vec {
	p := k.copy(c(first + n - 1))
	for i := first + n - 2; i >= first; i-- {
		p = k.fma(p, x, c(i))
	}
	return p
}

// gauss is exp(-x²·scale) for a scale that is a power of two. It corrects for the rounding of the square, which exp would
// amplify.
func (k kernel) gauss(x, scale vec, c func(int) vec) vec {
	square := k.mul(x, x)
	rounding := k.mul(k.fma(x, x, k.sub(k.zero(), square)), scale)
	e := k.exp(k.sub(k.zero(), k.mul(square, scale)), c)
	return k.fnma(e, rounding, e)
}

// lower is Φ(-x) for 0 <= x <= limit, from exp(-x²/2).
func (k kernel) lower(x, gauss vec, c func(int) vec) vec {
	n := k.normal(c)
	u := k.div(x, k.add(x, n(nFive)))
	t := k.sub(k.add(u, u), c(cOne)) // exact to the last bit for small x, unlike (x-5)/(x+5)
	g := k.polynomial(t, nTail, len(k.tailCoefficients()), n)
	return k.div(k.mul(gauss, g), k.fma(n(nSqrt2), x, c(cOne)))
}

// cdf is Φ(x), and exp(-x²/2).
func (k kernel) cdf(x vec, c func(int) vec) (phi, gauss vec) {
	n := k.normal(c)
	size := k.min(n(nLimit), k.magnitude(x, n)) // a NaN stays
	gauss = k.gauss(size, c(cHalf), c)
	lower := k.lower(size, gauss, c)
	return k.where(isGreater, x, k.zero(), k.sub(c(cOne), lower), lower), gauss
}

// gelu is x·Φ(x).
func (k kernel) gelu(x vec, c func(int) vec) vec {
	phi, _ := k.cdf(x, c)
	return k.mul(x, phi)
}

// geluSlope is Φ(x) + x·exp(-x²/2)/√(2π).
func (k kernel) geluSlope(x vec, c func(int) vec) vec {
	n := k.normal(c)
	phi, gauss := k.cdf(x, c)
	bounded := k.max(k.sub(k.zero(), n(nLimit)), k.min(n(nLimit), x)) // infinity times 0 would be NaN
	return k.fma(k.mul(bounded, gauss), n(nDensity), phi)
}

// erf is sign(x)·(1 - 2Φ(-√2·|x|)), or the polynomial where that would lose digits.
func (k kernel) erf(x vec, c func(int) vec) vec {
	n := k.normal(c)
	size := k.magnitude(x, n)
	y := k.min(n(nLimit), k.mul(size, n(nSqrt2)))
	far := k.fnma(n(nTwo), k.lower(y, k.gauss(y, c(cHalf), c), c), c(cOne))
	far = k.or(far, k.and(x, n(nSign)))
	near := k.min(c(cOne), size) // a NaN stays
	near = k.mul(x, k.polynomial(k.mul(near, near), nTail+len(k.tailCoefficients()), len(k.erfCoefficients()), n))
	return k.where(isGreater, size, c(cOne), far, near)
}

// erfSlope is 2/√π·exp(-x²).
func (k kernel) erfSlope(x vec, c func(int) vec) vec {
	n := k.normal(c)
	size := k.min(n(nLimit), k.magnitude(x, n))
	return k.mul(n(nSlope), k.gauss(size, c(cOne), c))
}
