package main

import "math"

// The constants of GELU by tanh follow those of exp.
const (
	gOne     = iota // z = x·(gOne + gCube·x²)
	gOneLow         // what rounding has taken off gOne
	gCube           // and the same of gCube
	gCubeLow        //
	gSlope          // 3·gCube
	gLimit          // from here on exp(-z) is too small to count, and on the other side its inverse is; exp(z) is finite
	gBelow          // -gLimit
)

func (k kernel) geluTanhConstants() []float64 {
	one, limit := 2*math.Sqrt(2/math.Pi), 10.05
	// The digits of one and of 0.044715·one that float64 does not hold.
	oneLow, cubeLow := -9.9693088091109203e-17, -6.1751499181553155e-19
	cube := 0.044715 * one
	if k.double {
		limit = 21.15
	} else {
		oneLow, cubeLow = one-float64(float32(one)), cube-float64(float32(cube))
	}
	return append(k.expConstants(), one, oneLow, cube, cubeLow, 3*cube, limit, -limit)
}

// geluTanhExp is exp(-z), for x up to the limits. Exp amplifies the rounding of z, so z is computed with a second part that corrects the
// first. It also gives x².
func (k kernel) geluTanhExp(x vec, c, g func(int) vec) (e, square vec) {
	square = k.mul(x, x)
	squareLow := k.exactRest(x, x, square)
	term := k.mul(g(gCube), square)
	low := k.exactRest(g(gCube), square, term)
	low = k.add(k.fma(g(gCube), squareLow, low), k.fma(g(gCubeLow), square, g(gOneLow)))
	sum := k.add(term, g(gOne))
	part := k.sub(sum, term)
	low = k.add(low, k.add(k.sub(term, k.sub(sum, part)), k.sub(g(gOne), part)))
	z := k.mul(x, sum)
	zLow := k.fma(x, low, k.exactRest(x, sum, z))
	e = k.exp(k.sub(k.zero(), z), c)
	return k.fnma(e, zLow, e), square
}

// exactRest is a·b minus its rounded value.
func (k kernel) exactRest(a, b, rounded vec) vec {
	return k.fma(a, b, k.sub(k.zero(), rounded))
}

// geluTanh is x·s with s = 1/(1 + exp(-z)) = (1 + tanh(z/2))/2.
func (k kernel) geluTanh(x vec, c func(int) vec) vec {
	g := k.afterExp(c)
	e, _ := k.geluTanhExp(k.clamped(x, g), c, g)
	y := k.mul(x, k.div(c(cOne), k.add(c(cOne), e)))
	return k.where(notLessEq, x, g(gBelow), y, k.mul(x, k.zero()))
}

// geluTanhSlope is s + x·s·(1 - s)·dz/dx, where 1 - s is s·exp(-z).
func (k kernel) geluTanhSlope(x vec, c func(int) vec) vec {
	g := k.afterExp(c)
	x = k.clamped(x, g)
	e, square := k.geluTanhExp(x, c, g)
	s := k.div(c(cOne), k.add(c(cOne), e))
	t := k.mul(k.mul(x, s), k.mul(e, s))
	slope := k.fma(t, k.fma(square, g(gSlope), g(gOne)), s)
	return k.where(notLessEq, x, g(gBelow), slope, k.zero())
}

// clamped is x between the limits. A NaN stays.
func (k kernel) clamped(x vec, g func(int) vec) vec { return k.min(g(gLimit), k.max(g(gBelow), x)) }

// afterExp gives the constants that follow those of exp.
func (k kernel) afterExp(c func(int) vec) func(int) vec {
	first := len(k.expConstants())
	return func(i int) vec { return c(first + i) }
}
