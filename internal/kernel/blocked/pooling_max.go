package blocked

import (
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
)

// quads reports whether the windows are two by two pixels beside each other.
func (p *Pool[T]) quads() bool {
	quad := func(a axis) bool {
		return a.size == 2 && a.stride == 2 && a.dilation == 1 && a.pad == 0 && a.in >= 2*a.out
	}
	return quad(p.rows) && quad(p.cols)
}

// largest sets y to the largest value in each window.
func (j *poolJob[T]) largest(y, x []T) {
	for h := range j.out.H {
		if j.quads() && vectorLargestQuads(y[h*j.out.W*Block:][:j.out.W*Block], x[2*h*j.in.W*Block:], j.in.W) {
			continue
		}
		j.largestRow(y[h*j.out.W*Block:][:j.out.W*Block], x, h)
	}
}

// largestRow sets y to row h of the results: it takes in one place of the window after another.
func (j *poolJob[T]) largestRow(y, x []T, h int) {
	for i := range y {
		y[i] = T(math.Inf(-1))
	}
	j.eachPlace(h, func(first, end, from int) {
		to := y[first*Block : end*Block]
		mapPixels(nil, mapLarger, to, x[from:], to, to, nil, grid{n: end - first, stride: j.cols.stride, rows: 1})
	})
}

// largestGradient adds dy, the gradient by the largest values in each window, to dx at the first pixel that has the value.
func (j *poolJob[T]) largestGradient(dx, x, dy []T) {
	if j.quads() && j.quadGradient(dx, x, dy) {
		return
	}
	clear(dx)
	row := j.out.W * Block
	b := buffers[T]().get()
	memory := b.resize(2 * row)
	y, left := memory[:row], memory[row:]
	for h := range j.out.H {
		j.largestRow(y, x, h)
		copy(left, dy[h*row:])
		j.eachPlace(h, func(first, end, from int) {
			claim(dx[from:], x[from:], y[first*Block:end*Block], left[first*Block:end*Block], j.cols.stride)
		})
	}
	buffers[T]().put(b)
}

// quadGradient is largestGradient of quads in assembly, or returns false.
func (j *poolJob[T]) quadGradient(dx, x, dy []T) bool {
	width := j.in.W * Block
	for h := range j.out.H {
		at := 2 * h * width
		if !vectorClaimQuads(dx[at:], x[at:], dy[h*j.out.W*Block:][:j.out.W*Block], j.in.W) {
			return false
		}
		for _, row := range [][]T{dx[at : at+width], dx[at+width : at+2*width]} {
			clear(row[2*j.out.W*Block:])
		}
	}
	clear(dx[2*j.out.H*width:])
	return true
}

// eachPlace calls f for each place of the windows of row h with the results, from first to before end, for which the place lies in the
// image, and the index of the first one's pixel there. The pixels of neighbouring results lie a stride apart.
func (j *poolJob[T]) eachPlace(h int, f func(first, end, from int)) {
	stride := j.cols.stride
	for row := j.rows.window(h); row.first < row.end; row.first += row.dilation {
		for place := range j.cols.size {
			shift := j.cols.pad - place*j.cols.dilation // result i reads pixel i·stride - shift
			first := max(0, (shift+stride-1)/stride)
			end := min(j.out.W, (j.in.W+shift+stride-1)/stride)
			if first < end {
				f(first, end, (row.first*j.in.W+first*stride-shift)*Block)
			}
		}
	}
}

// claim adds what is left of a gradient to dx where the pixel x has the value y, or is NaN; then nothing is left there. The pixels of
// x and dx lie stride pixels apart.
func claim[T kernel.Float](dx, x, y, left []T, stride int) {
	n := len(y) / Block
	x, dx, left = x[:((n-1)*stride+1)*Block], dx[:((n-1)*stride+1)*Block], left[:len(y)]
	if vectorClaim(dx, x, y, left, stride) {
		return
	}
	for i, g := range left {
		at := i/Block*stride*Block + i%Block
		if v := x[at]; v == y[i] || v != v {
			dx[at] += g
			left[i] = 0
		}
	}
}
