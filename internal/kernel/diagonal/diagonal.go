// Package diagonal computes linear recurrences of complex numbers whose matrix is diagonal, x' = λ·x + v, over batches of sequences.
//
// Complex numbers are pairs of reals. A vector of n has first the n real parts, then the n imaginary parts.
package diagonal

import (
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// Shape is the sizes of a recurrence. Sequences are (Batch, Steps, 2·States).
type Shape struct{ Batch, Steps, States int }

// A Recurrence runs in memory that it keeps. Its zero value is ready.
type Recurrence[T kernel.Float] struct{ run[T] }

// A run is one call, shared over the cores.
type run[T kernel.Float] struct {
	Shape
	re, im   []T // of λ
	in, out  []T
	backward bool

	slopes   bool
	x, dv    []T       // of Slopes
	dRe, dIm []float64 // results of Slopes
}

// Forward computes the states x of all steps from v, starting at zero: x = λ·(x of the step before) + v. x may be v.
func (r *Recurrence[T]) Forward(s Shape, re, im, v, x []T) {
	r.run = run[T]{Shape: s, re: re, im: im, in: v, out: x}
	pool.Run(s.Batch, &r.run)
}

// Backward computes dL/dv from dL/dx, the gradient by the states that is not through later states: dv = conj(λ)·(dv of the next step) +
// dx. The imaginary part of a gradient is the derivative by the imaginary part. dv may be dx. It is also the whole gradient by the
// states.
func (r *Recurrence[T]) Backward(s Shape, re, im, dx, dv []T) {
	r.run = run[T]{Shape: s, re: re, im: im, in: dx, out: dv, backward: true}
	pool.Run(s.Batch, &r.run)
}

// piece is the number of states whose slopes are summed at a time.
const piece = 32

// Slopes computes dL/dλ: the sum of dv·conj(x of the step before) over all samples and steps, in this order and in float64.
func (r *Recurrence[T]) Slopes(s Shape, x, dv []T, dRe, dIm []float64) {
	r.run = run[T]{Shape: s, x: x, dv: dv, dRe: dRe, dIm: dIm, slopes: true}
	pool.Run((s.States+piece-1)/piece, &r.run)
}

// Do runs one sequence, or sums the slopes of a few states.
func (r *run[T]) Do(i int) {
	size := r.Steps * 2 * r.States
	switch {
	case r.slopes:
		r.sum(i*piece, min((i+1)*piece, r.States))
	case r.backward:
		r.back(r.in[i*size:(i+1)*size], r.out[i*size:(i+1)*size])
	default:
		r.forth(r.in[i*size:(i+1)*size], r.out[i*size:(i+1)*size])
	}
}

// forth runs a sequence forward.
func (r *run[T]) forth(v, x []T) {
	n := r.States
	copy(x[:2*n], v[:2*n])
	for t := 1; t < r.Steps; t++ {
		advance(r.re, r.im, x[(t-1)*2*n:t*2*n], v[t*2*n:(t+1)*2*n], x[t*2*n:(t+1)*2*n], 1)
	}
}

// back runs a sequence backward.
func (r *run[T]) back(dx, dv []T) {
	n := r.States
	last := (r.Steps - 1) * 2 * n
	copy(dv[last:], dx[last:])
	for t := r.Steps - 2; t >= 0; t-- {
		advance(r.re, r.im, dv[(t+1)*2*n:(t+2)*2*n], dx[t*2*n:(t+1)*2*n], dv[t*2*n:(t+1)*2*n], -1)
	}
}

// advance computes y = λ·x + v, or conj(λ)·x + v for the sign -1.
func advance[T kernel.Float](re, im, x, v, y []T, sign T) {
	n := len(re)
	im = im[:n]
	xr, xi, vr, vi, yr, yi := x[:n], x[n:2*n], v[:n], v[n:2*n], y[:n], y[n:2*n]
	for k, a := range re {
		b := sign * im[k]
		p, q := xr[k], xi[k]
		yr[k] = T(a*p) - T(b*q) + vr[k]
		yi[k] = T(b*p) + T(a*q) + vi[k]
	}
}

// sum adds up the slopes of the states from one to another.
func (r *run[T]) sum(from, to int) {
	n := r.States
	dRe, dIm := r.dRe[from:to], r.dIm[from:to]
	clear(dRe)
	clear(dIm)
	for sample := range r.Batch {
		for t := 1; t < r.Steps; t++ {
			now := (sample*r.Steps + t) * 2 * n
			d, x := r.dv[now:now+2*n], r.x[now-2*n:now]
			addSlopes(dRe, dIm, d[from:to], d[n+from:n+to], x[from:to], x[n+from:n+to])
		}
	}
}

// addSlopes adds d·conj(x).
func addSlopes[T kernel.Float](re, im []float64, dRe, dIm, xRe, xIm []T) {
	im, dRe, dIm, xRe, xIm = im[:len(re)], dRe[:len(re)], dIm[:len(re)], xRe[:len(re)], xIm[:len(re)]
	for k := range re {
		a, b, p, q := float64(dRe[k]), float64(dIm[k]), float64(xRe[k]), float64(xIm[k])
		re[k] += float64(a*p) + float64(b*q)
		im[k] += float64(b*p) - float64(a*q)
	}
}
