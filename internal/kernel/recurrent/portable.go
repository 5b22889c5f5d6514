package recurrent

import (
	"math"
	"unsafe"

	"github.com/gradflow/gradflow/internal/kernel"
)

// portable computes a step in plain Go. Its exponentials are those of package math, rounded to T; all else is as in assembly.
func portable[T kernel.Float](s step, v *vectors[T], n int) {
	var x [len(v)][]T
	for i := range uses[s].count {
		x[i] = unsafe.Slice(v[i], n)
	}
	switch s {
	case tanhForward, reluForward:
		for j := range n {
			h := activate(s, x[0][j]+x[1][j])
			x[2][j], x[3][j] = h, h
		}
	case tanhBackward, reluBackward:
		for j := range n {
			dh := x[1][j] + x[2][j]
			x[3][j], x[4][j] = slope(s, x[0][j], dh), dh
		}
	case lstmForward:
		portableLSTM(&x, n)
	case lstmBackward:
		portableLSTMBackward(&x, n)
	case gruForward:
		portableGRU(&x, n)
	case gruBackward:
		portableGRUBackward(&x, n)
	}
}

func sigmoid[T kernel.Float](x T) T { return T(1 / (1 + math.Exp(-float64(x)))) }

func tanh[T kernel.Float](x T) T { return T(math.Tanh(float64(x))) }

func activate[T kernel.Float](s step, x T) T {
	if s == tanhForward {
		return tanh(x)
	}
	if x < 0 { // a NaN stays
		return 0
	}
	return x
}

// slope is dh times the slope of the activation whose result is y.
func slope[T kernel.Float](s step, y, dh T) T {
	switch {
	case s == tanhBackward:
		return (1 - T(y*y)) * dh
	case y <= 0:
		return 0
	}
	return dh
}

// throughSigmoid is the gradient through a sigmoid whose result is y.
func throughSigmoid[T kernel.Float](dy, y T) T { return dy * T(y*(1-y)) }

func portableLSTM[T kernel.Float](x *[16][]T, n int) {
	for j := range n {
		i, f, o := sigmoid(x[0][j]+x[4][j]), sigmoid(x[1][j]+x[5][j]), sigmoid(x[3][j]+x[7][j])
		g := tanh(x[2][j] + x[6][j])
		c := T(f*x[8][j]) + T(i*g)
		h := o * tanh(c)
		x[9][j], x[10][j], x[11][j], x[12][j], x[13][j], x[14][j], x[15][j] = i, f, g, o, c, h, h
	}
}

func portableLSTMBackward[T kernel.Float](x *[16][]T, n int) {
	for j := range n {
		i, f, g, o, t := x[0][j], x[1][j], x[2][j], x[3][j], tanh(x[4][j])
		dh := x[6][j] + x[7][j]
		dc := x[8][j] + T(T(dh*o)*(1-T(t*t)))
		x[9][j], x[10][j] = throughSigmoid(dc*g, i), throughSigmoid(dc*x[5][j], f)
		x[11][j], x[12][j] = T(dc*i)*(1-T(g*g)), throughSigmoid(dh*t, o)
		x[8][j], x[13][j], x[14][j] = dc*f, dh, dc
	}
}

func portableGRU[T kernel.Float](x *[16][]T, n int) {
	for j := range n {
		r, z, hidden := sigmoid(x[0][j]+x[3][j]), sigmoid(x[1][j]+x[4][j]), x[5][j]
		n := tanh(x[2][j] + x[6][j] + T(r*hidden))
		h := n + T(z*(x[7][j]-n))
		x[8][j], x[9][j], x[10][j], x[11][j], x[12][j], x[13][j] = r, z, n, hidden, h, h
	}
}

func portableGRUBackward[T kernel.Float](x *[16][]T, n int) {
	for j := range n {
		r, z, n, dh := x[0][j], x[1][j], x[2][j], x[5][j]+x[6][j]
		dn := T(dh*(1-z)) * (1 - T(n*n))
		x[7][j], x[8][j], x[9][j] = throughSigmoid(dn*x[3][j], r), throughSigmoid(dh*(x[4][j]-n), z), dn
		x[6][j], x[10][j], x[11][j] = dh*z, dn*r, dh
	}
}
