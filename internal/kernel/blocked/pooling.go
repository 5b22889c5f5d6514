package blocked

import (
	"fmt"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A Pool takes the maximum or the mean of each channel over windows, for batches of one shape.
type Pool[T kernel.Float] struct {
	in, out    Shape
	rows, cols axis
	jobs       jobs[poolJob[T]]
}

// NewPool plans pooling of batches of shape in.
func NewPool[T kernel.Float](in Shape, w Window) (*Pool[T], error) {
	if in.N < 1 || in.C < 1 {
		return nil, fmt.Errorf("blocked: got %d images of %d channels, want 1 or more", in.N, in.C)
	}
	rows, err := w.axis(0, in.H)
	if err != nil {
		return nil, err
	}
	cols, err := w.axis(1, in.W)
	if err != nil {
		return nil, err
	}
	return &Pool[T]{in: in, out: Shape{in.N, in.C, rows.out, cols.out}, rows: rows, cols: cols, jobs: newJobs[poolJob[T]]()}, nil
}

// In and Out are the shapes of the input and of the output.
func (p *Pool[T]) In() Shape  { return p.in }
func (p *Pool[T]) Out() Shape { return p.out }

// Max sets y to the largest value in each window. A NaN in a window makes its result NaN, and a window without pixels -Inf.
func (p *Pool[T]) Max(y, x []T) { p.run(poolMax, x, y, nil, false) }

// MaxGradient sets dx to the gradient by the input of [Pool.Max]: each element of dy goes to the first of the largest values in its
// window.
func (p *Pool[T]) MaxGradient(dx, x, dy []T) { p.run(poolMaxGradient, x, dy, dx, false) }

// Average sets y to the mean of each window. With padding the zeros around the image count as pixels.
func (p *Pool[T]) Average(y, x []T, padding bool) { p.run(poolAverage, x, y, nil, padding) }

// AverageGradient sets dx to the gradient by the input of [Pool.Average].
func (p *Pool[T]) AverageGradient(dx, dy []T, padding bool) {
	p.run(poolAverageGradient, dx, dy, dx, padding)
}

// A pooling is something that is computed window by window.
type pooling int

const (
	poolMax pooling = iota
	poolMaxGradient
	poolAverage
	poolAverageGradient
)

// A poolJob is a pooling being computed on several cores. The slices x and dx have the size of the input, y of the output.
type poolJob[T kernel.Float] struct {
	*Pool[T]
	kind     pooling
	x, y, dx []T
	padding  bool
}

func (p *Pool[T]) run(kind pooling, x, y, dx []T, padding bool) {
	p.in.check(len(x))
	p.out.check(len(y))
	if dx != nil {
		p.in.check(len(dx))
	}
	j := p.jobs.get()
	*j = poolJob[T]{p, kind, x, y, dx, padding}
	pool.Run(p.in.N*p.in.Blocks(), j)
	*j = poolJob[T]{}
	p.jobs.put(j)
}

// Do computes a block of an image.
func (j *poolJob[T]) Do(i int) {
	from, to := j.in.plane()*Block, j.out.plane()*Block
	x, y := j.x[i*from:][:from], j.y[i*to:][:to]
	var dx []T
	if j.dx != nil {
		dx = j.dx[i*from:][:from]
	}
	switch j.kind {
	case poolMax:
		j.largest(y, x)
		return
	case poolMaxGradient:
		j.largestGradient(dx, x, y)
		return
	case poolAverageGradient:
		clear(dx)
	}
	for h := range j.out.H {
		for w := range j.out.W {
			j.window(x, dx, (*[Block]T)(y[(h*j.out.W+w)*Block:]), j.rows.window(h), j.cols.window(w))
		}
	}
}

// window computes one window of a mean.
func (j *poolJob[T]) window(x, dx []T, y *[Block]T, rows, cols span) {
	if j.kind == poolAverage {
		*y = j.mean(x, rows, cols)
		return
	}
	j.spread(dx, y, rows, cols)
}

// A span is the pixels of a window in one dimension: from first on, dilation apart, before end.
type span struct{ first, end, dilation int }

// window is the part of window o that lies in the image.
func (a axis) window(o int) span {
	first := o*a.stride - a.pad
	end := min(first+a.span(), a.in)
	if first < 0 {
		first += (-first + a.dilation - 1) / a.dilation * a.dilation
	}
	return span{first, end, a.dilation}
}

// count is the number of pixels.
func (s span) count() int { return max(0, (s.end-s.first+s.dilation-1)/s.dilation) }
