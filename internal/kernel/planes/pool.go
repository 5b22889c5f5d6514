package planes

import (
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/kernel/conv"
)

// A Pooling tells which elements of an image are pooled in each of the result.
type Pooling struct {
	conv.Window
	Planes        int    // images times channels
	Image, Result [2]int // height and width
	CountPadding  bool   // a mean counts the zeros around the image
	Adaptive      bool   // the image is split evenly, whatever the window
}

// A poolStep is what a [Pool] computes.
type poolStep int

const (
	poolMax poolStep = iota
	poolMaxBackward
	poolAverage
	poolAverageBackward
)

// A Pool is pooling, on several cores.
type Pool[T kernel.Float] struct {
	Pooling
	step      poolStep
	out, x, y []T
}

// Max is the largest element of each window, and NaN if one is NaN.
func (p *Pool[T]) Max(y, x []T) { p.run(poolMax, y, x, nil) }

// MaxBackward is the gradient of x from that of the result: it goes to the largest element of each window, the first if there are
// several, as in PyTorch.
func (p *Pool[T]) MaxBackward(dx, x, dy []T) { p.run(poolMaxBackward, dx, x, dy) }

// Average is the mean of each window.
func (p *Pool[T]) Average(y, x []T) { p.run(poolAverage, y, x, nil) }

// AverageBackward is the gradient of x from that of the result.
func (p *Pool[T]) AverageBackward(dx, dy []T) { p.run(poolAverageBackward, dx, nil, dy) }

func (p *Pool[T]) run(step poolStep, out, x, y []T) {
	p.step, p.out, p.x, p.y = step, out, x, y
	share(p.Planes, p.pixels(), p)
	p.out, p.x, p.y = nil, nil, nil
}

// Do computes some planes.
func (p *Pool[T]) Do(i int) {
	each := grain(p.pixels())
	for plane := i * each; plane < min((i+1)*each, p.Planes); plane++ {
		p.plane(plane)
	}
}

func (p *Pool[T]) plane(i int) {
	switch p.step {
	case poolMax:
		p.max(i)
	case poolMaxBackward:
		p.maxBackward(i)
	case poolAverage:
		p.average(i)
	case poolAverageBackward:
		p.averageBackward(i)
	}
}

func (p *Pooling) pixels() int { return p.Image[0] * p.Image[1] }
func (p *Pooling) area() int   { return p.Result[0] * p.Result[1] }

func (p *Pool[T]) max(i int) {
	if p.Window == quads {
		p.maxOfQuads(i)
		return
	}
	x, y := plane(p.x, i, p.pixels()), plane(p.out, i, p.area())
	for j := range y {
		if at := p.largest(x, j); at >= 0 {
			y[j] = x[at]
		} else {
			y[j] = T(math.Inf(-1))
		}
	}
}

func (p *Pool[T]) maxBackward(i int) {
	if p.Window == quads {
		p.maxOfQuadsBackward(i)
		return
	}
	x, dx, dy := plane(p.x, i, p.pixels()), plane(p.out, i, p.pixels()), plane(p.y, i, p.area())
	clear(dx)
	for j, v := range dy {
		if at := p.largest(x, j); at >= 0 {
			dx[at] += v
		}
	}
}

// largest is the index of the largest element of window j; -1 if the window has none.
func (p *Pool[T]) largest(x []T, j int) int {
	oy, ox := j/p.Result[1]*p.Stride[0]-p.Padding[0], j%p.Result[1]*p.Stride[1]-p.Padding[1]
	at, top := -1, T(0)
	for ky := range p.Size[0] {
		iy := oy + ky*p.Dilation[0]
		if iy < 0 || iy >= p.Image[0] {
			continue
		}
		line := x[iy*p.Image[1]:][:p.Image[1]]
		for kx := range p.Size[1] {
			ix := ox + kx*p.Dilation[1]
			if ix < 0 || ix >= len(line) {
				continue
			}
			if v := line[ix]; at < 0 || v > top || v != v {
				at, top = iy*p.Image[1]+ix, v
			}
		}
	}
	return at
}

// A bin is the elements of an image along a side that one element of the result averages, and their number with padding.
type bin struct{ from, to, size int }

func (p *Pooling) bin(side, i int) bin {
	n := p.Image[side]
	if p.Adaptive {
		from, to := i*n/p.Result[side], ((i+1)*n+p.Result[side]-1)/p.Result[side]
		return bin{from, to, to - from}
	}
	from := i*p.Stride[side] - p.Padding[side]
	b := bin{max(0, from), min(n, from+p.Size[side]), p.Size[side]}
	if !p.CountPadding {
		b.size = b.to - b.from
	}
	return b
}

func (p *Pool[T]) average(i int) {
	x, y := plane(p.x, i, p.pixels()), plane(p.out, i, p.area())
	if p.Adaptive && len(y) == 1 {
		y[0] = T(kernel.Sum(x) / float64(len(x)))
		return
	}
	for j := range y {
		rows, columns := p.bin(0, j/p.Result[1]), p.bin(1, j%p.Result[1])
		var sum float64
		for iy := rows.from; iy < rows.to; iy++ {
			for _, v := range x[iy*p.Image[1]:][columns.from:columns.to] {
				sum += float64(v)
			}
		}
		y[j] = T(sum / float64(rows.size*columns.size))
	}
}

func (p *Pool[T]) averageBackward(i int) {
	dx, dy := plane(p.out, i, p.pixels()), plane(p.y, i, p.area())
	clear(dx)
	for j, v := range dy {
		rows, columns := p.bin(0, j/p.Result[1]), p.bin(1, j%p.Result[1])
		share := v / T(rows.size*columns.size)
		for iy := rows.from; iy < rows.to; iy++ {
			line := dx[iy*p.Image[1]:][columns.from:columns.to]
			for ix := range line {
				line[ix] += share
			}
		}
	}
}
