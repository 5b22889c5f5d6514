package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// taylor gives the coefficients of the Taylor series of (exp(r) - 1 - r)/r², for |r| <= ln(2)/2. The first omitted term is
// below 0.05 ulp of exp(r).
func (k kernel) taylor() []float64 {
	last := 7
	if k.double {
		last = 13
	}
	var c []float64
	factorial := 1.0
	for i := 2; i <= last; i++ {
		factorial *= float64(i)
		c = append(c, 1/factorial)
	}
	return c
}

// The constants of exp, in the order in which its code uses them.
const (
	cLog2e = iota
	cMagic // adding it rounds to an integer and leaves that in the lowest bits
	cLn2High
	cLn2Low
	cLow // exp is 0 from here down, and infinite from cHigh up
	cHigh
	cHalf
	cOne
	cTaylor // the first coefficient of the Taylor series
)

// expConstants lists the constants of exp. The high part of ln 2 has so few digits that its product with an exponent is exact.
func (k kernel) expConstants() []float64 {
	c := []float64{math.Log2E, 0x1.8p23, 0x1.62e4p-1, math.Ln2 - 0x1.62e4p-1, -104, 89, 0.5, 1}
	if k.double {
		high := math.Float64frombits(math.Float64bits(math.Ln2) &^ (1<<21 - 1))
		low := 1.90821492927058770002e-10 // ln 2 - high
		c = []float64{math.Log2E, 0x1.8p52, high, low, -746, 710, 0.5, 1}
	}
	return append(c, k.taylor()...)
}

// reduce writes x = n·ln 2 + r and gives n, r and the bits of n, which are those of magic + n.
func (k kernel) reduce(x vec, c func(int) vec) (n, r, bits vec) {
	bits = k.fma(x, c(cLog2e), c(cMagic))
	n = k.sub(bits, c(cMagic))
	r = k.fnma(n, c(cLn2High), x)
	r = k.fnma(n, c(cLn2Low), r)
	return n, r, bits
}

// expm1Core is exp(r) - 1 = r + r²·p(r).
func (k kernel) expm1Core(r vec, c func(int) vec) vec {
	last := cTaylor + len(k.taylor()) - 1
	p := k.copy(c(last))
	for i := last - 1; i >= cTaylor; i-- {
		p = k.fma(p, r, c(i))
	}
	return k.fma(k.mul(r, r), p, r)
}

// power is 2^n, from the bits of magic + n, for n in the range of normal exponents.
func (k kernel) power(bits vec, c func(int) vec) vec {
	v := k.new()
	for i := range v {
		if k.double {
			VPSLLQ(Imm(52), bits[i], v[i])
			VPADDQ(c(cOne)[i], v[i], v[i])
			continue
		}
		VPSLLD(Imm(23), bits[i], v[i])
		VPADDD(c(cOne)[i], v[i], v[i])
	}
	return v
}

// exp is exp(x) for any x.
func (k kernel) exp(x vec, c func(int) vec) vec {
	x = k.min(c(cHigh), k.max(c(cLow), x)) // a NaN stays
	n, r, _ := k.reduce(x, c)
	y := k.add(c(cOne), k.expm1Core(r, c))
	// 2^n in two factors, as n may be beyond the range of exponents.
	first := k.fma(n, c(cHalf), c(cMagic))
	half := k.sub(first, c(cMagic))
	second := k.add(k.sub(n, half), c(cMagic))
	return k.mul(k.mul(y, k.power(first, c)), k.power(second, c))
}

// sigmoid is 1/(1 + exp(-x)).
func (k kernel) sigmoid(x vec, c func(int) vec) vec {
	e := k.exp(k.sub(k.zero(), x), c)
	return k.div(c(cOne), k.add(c(cOne), e))
}

// The constants of tanh follow those of exp.
func (k kernel) tanhConstants() []float64 {
	limit := 9.5 // tanh rounds to 1 from here on
	if k.double {
		limit = 20
	}
	return append(k.expConstants(), math.Copysign(0, -1), limit, 2)
}

// tanh is e/(e + 2) with e = exp(2|x|) - 1, and the sign of x.
func (k kernel) tanh(x vec, c func(int) vec) vec {
	at := len(k.expConstants())
	sign := k.and(x, c(at))
	x = k.min(c(at+1), k.andNot(c(at), x))
	_, r, bits := k.reduce(k.add(x, x), c)
	power := k.power(bits, c)
	e := k.fma(power, k.expm1Core(r, c), k.sub(power, c(cOne)))
	return k.or(sign, k.div(e, k.add(e, c(at+2))))
}
