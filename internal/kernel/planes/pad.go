package planes

import "github.com/gradflow/gradflow/internal/kernel"

// A Pad takes every stride-th pixel of images in both directions, and adds channels of zeros after theirs.
type Pad struct {
	Batch, In, Out int    // channels
	Image, Result  [2]int // height and width
	Stride         int
}

// PadForward computes the images y from x.
func PadForward[T kernel.Float](p Pad, y, x []T) {
	clear(y)
	for n := range p.Batch {
		for c := range p.In {
			src, dst := plane(x, n*p.In+c, p.Image[0]*p.Image[1]), plane(y, n*p.Out+c, p.Result[0]*p.Result[1])
			for i := range dst {
				dst[i] = src[p.from(i)]
			}
		}
	}
}

// PadBackward computes the gradient of x from that of y.
func PadBackward[T kernel.Float](p Pad, dx, dy []T) {
	clear(dx)
	for n := range p.Batch {
		for c := range p.In {
			dst, src := plane(dx, n*p.In+c, p.Image[0]*p.Image[1]), plane(dy, n*p.Out+c, p.Result[0]*p.Result[1])
			for i, v := range src {
				dst[p.from(i)] = v
			}
		}
	}
}

// from is the pixel that pixel i of the result is taken from.
func (p Pad) from(i int) int {
	return (i/p.Result[1]*p.Image[1] + i%p.Result[1]) * p.Stride
}
