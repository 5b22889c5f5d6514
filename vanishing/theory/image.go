package theory

import (
	"math"

	"github.com/pkg/errors"
)

// An Image describes the input of a network of convolutions. Averages are over channels and over the batch.
type Image struct {
	Height, Width int

	// MeanSquares are the mean squares of the pixels, row by row; nil means Net.MeanSquare for each.
	MeanSquares []float64
	// Same are the cosines of two pixels of one image, Other those of two pixels of two images, by the offset between the two: rows from
	// -(Height-1) to Height-1, each with columns from -(Width-1) to Width-1. Nil means white noise: Same is 1 at the offset 0 and else
	// 0, and Other is Net.Cosine at the offset 0.
	Same, Other []float64
}

// A Window is the window of a convolution, by height and width. Beyond the border are zeros.
type Window struct {
	Size, Stride, Padding, Dilation [2]int // 0 means 1 for stride and dilation
	// Centre tells that only the centre of the window has weights, as with delta-orthogonal initialisation. WeightVar is the average
	// over all elements of the window all the same.
	Centre bool
}

// out is the grid that a convolution makes of another.
func (w Window) out(g grid) grid {
	side := func(n, axis int) int {
		return (n+2*w.Padding[axis]-max(1, w.Dilation[axis])*(w.Size[axis]-1)-1)/max(1, w.Stride[axis]) + 1
	}
	return grid{side(g.h, 0), side(g.w, 1)}
}

// taps are the elements of the window that have weights.
func (w Window) taps() (list [][2]int) {
	for i := range w.Size[0] {
		for j := range w.Size[1] {
			if !w.Centre || i == w.Size[0]/2 && j == w.Size[1]/2 {
				list = append(list, [2]int{i, j})
			}
		}
	}
	return list
}

// area is the number of elements of the window.
func (w Window) area() int { return w.Size[0] * w.Size[1] }

// visit calls f for each position of the output whose tap lies inside of the input, with both positions.
func (w Window) visit(in, out grid, tap [2]int, f func(from, to int)) {
	at := func(axis, i int) int {
		return i*max(1, w.Stride[axis]) + tap[axis]*max(1, w.Dilation[axis]) - w.Padding[axis]
	}
	for i := range out.h {
		row := at(0, i)
		if row < 0 || row >= in.h {
			continue
		}
		for j := range out.w {
			if col := at(1, j); col >= 0 && col < in.w {
				f(row*in.w+col, i*out.w+j)
			}
		}
	}
}

// strided is the offset between two positions of the input that the same tap reads at an offset of the output; -1 if there are none.
func (w Window) strided(in, out grid, offset int) int {
	dy, dx := out.offset(offset)
	dy, dx = dy*max(1, w.Stride[0]), dx*max(1, w.Stride[1])
	if dy <= -in.h || dy >= in.h || dx <= -in.w || dx >= in.w {
		return -1
	}
	return in.index(dy, dx)
}

// whole is the window of a fully connected layer that reads all positions.
func whole(g grid) Window { return Window{Size: [2]int{g.h, g.w}} }

// field is the signal of the input.
func (n Net) field() (field, error) {
	im := n.Image
	g := grid{im.Height, im.Width}
	ms := n.MeanSquare
	if ms == 0 {
		ms = 1
	}
	if im.Height < 1 || im.Width < 1 {
		return field{}, errors.Errorf("theory: image: got %d by %d pixels, want positive numbers", im.Height, im.Width)
	}
	s := field{grid: g, channels: n.Layers[0].In, q: filled(g.size(), ms), cos: [2][]float64{filled(g.offsets(), 0), filled(g.offsets(), 0)}}
	s.cos[same][g.index(0, 0)], s.cos[other][g.index(0, 0)] = 1, n.Cosine
	for _, given := range []struct {
		values []float64
		to     *[]float64
		size   int
	}{{im.MeanSquares, &s.q, g.size()}, {im.Same, &s.cos[same], g.offsets()}, {im.Other, &s.cos[other], g.offsets()}} {
		if given.values == nil {
			continue
		}
		if len(given.values) != given.size {
			return field{}, errors.Errorf("theory: image: got %d numbers, want %d for %d by %d pixels", len(given.values), given.size, im.Height, im.Width)
		}
		*given.to = given.values
	}
	for _, v := range s.q {
		if !(v >= 0) || math.IsInf(v, 0) {
			return field{}, errors.Errorf("theory: image: got a mean square of %g, want a number of at least 0", v)
		}
	}
	return s, nil
}

func filled(n int, v float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = v
	}
	return list
}
