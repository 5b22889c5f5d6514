package blocked

import (
	"fmt"

	"github.com/gradflow/gradflow/internal/kernel"
)

// A Conv is a convolution of batches of one shape. It holds no values, and may be used by several goroutines at the same time.
type Conv[T kernel.Float] struct {
	in, out           Shape
	read              Shape // of the input, as the passes see it: rows may be joined
	window            Window
	grouping          grouping
	perResult         int // channels of the input that an output reads
	forward, backward *pass[T]
	weights           *weightPass[T]
	conversions       jobs[weightsJob[T]]
}

// NewConv plans a convolution of batches of shape in to the given number of channels.
func NewConv[T kernel.Float](in Shape, channels int, w Window) (*Conv[T], error) {
	return NewGrouped[T](in, channels, 1, w)
}

// NewGrouped plans a convolution whose input and output channels are divided into groups: those of a group are computed from those of a
// group. The groups have one channel each, as in a depthwise convolution, or multiples of 16, or both the same divisor of 16. In the last
// case a NaN, or a product of an infinity with zero, reaches the other groups of its block too.
func NewGrouped[T kernel.Float](in Shape, channels, groups int, w Window) (*Conv[T], error) {
	c, rows, cols, err := plan[T](in, channels, groups, w, Block)
	if err != nil {
		return nil, err
	}
	c.backward = newPass[T](c.forward.out, c.read, Block, c.grouping.reversed(), rows.backward(), cols.backward(), c.places(), cols.size)
	return c, nil
}

// NewFirst plans a convolution whose input is stored as (N, C, H, W), for images of few channels. It has no gradient by the input, and
// its input cannot be normalised on loading.
func NewFirst[T kernel.Float](in Shape, channels int, w Window) (*Conv[T], error) {
	c, _, _, err := plan[T](in, channels, 1, w, 1)
	return c, err
}

// plan plans a convolution but for the gradient by the input.
func plan[T kernel.Float](in Shape, channels, groups int, w Window, depth int) (c *Conv[T], rows, cols axis, err error) {
	if in.N < 1 || in.C < 1 || channels < 1 {
		return nil, rows, cols, fmt.Errorf("blocked: got %d images and %d to %d channels, want 1 or more", in.N, in.C, channels)
	}
	c = &Conv[T]{in: in, window: w, conversions: newJobs[weightsJob[T]]()}
	if c.grouping, err = newGrouping(in.C, channels, groups); err != nil {
		return nil, rows, cols, err
	}
	if c.perResult = in.C / groups; depth == 1 {
		c.grouping.from = in.C
	}
	if c.read, err = joinRows(in, w); err != nil {
		return nil, rows, cols, err
	}
	if rows, err = w.axis(0, c.read.H); err != nil {
		return nil, rows, cols, err
	}
	if cols, err = w.axis(1, c.read.W); err != nil {
		return nil, rows, cols, err
	}
	out := Shape{in.N, channels, rows.out, cols.out}
	c.forward = newPass[T](c.read, out, depth, c.grouping, rows.forward(), cols.forward(), rows.size*cols.size, cols.size)
	c.weights = newWeightPass[T](c.read, out, depth, c.grouping, rows, cols)
	if c.out = out; c.read != in {
		c.out.H, c.out.W = in.H, in.W
	}
	return c, rows, cols, nil
}

// joinedPixels is the largest number of pixels in joined rows. Tiles of some ten pixels divide them without much rest.
const joinedPixels = 64

// joinRows makes longer rows of the images that a window of one pixel reads, because a tile does not go over the end of a row.
func joinRows(s Shape, w Window) (Shape, error) {
	rows, err := w.axis(0, s.H)
	if err != nil {
		return s, err
	}
	cols, err := w.axis(1, s.W)
	if err != nil || !rows.forward().plain() || !cols.forward().plain() || rows.out != s.H || cols.out != s.W {
		return s, err
	}
	for n := max(1, joinedPixels/s.W); n > 1; n-- {
		if s.H%n == 0 {
			s.H, s.W = s.H/n, s.W*n
			break
		}
	}
	return s, nil
}

// In and Out are the shapes of the input and of the output.
func (c *Conv[T]) In() Shape  { return c.in }
func (c *Conv[T]) Out() Shape { return c.out }

// places is the number of places in the window.
func (c *Conv[T]) places() int { return c.window.Size[0] * c.window.Size[1] }

// PackedLen is the number of elements of packed weights.
func (c *Conv[T]) PackedLen() int { return c.weights.packed() }

// Forward computes y, of shape [Conv.Out], from x, of shape [Conv.In], and weights from [Conv.PackWeights].
func (c *Conv[T]) Forward(f *kernel.Flushed, y []T, x Input[T], packed []T, e Epilogue[T]) {
	c.out.check(len(y))
	x.check(&c.forward.source)
	c.checkPacked(len(packed))
	e.check(c.out)
	c.forward.run(f, y, x, packed, e)
}

// InputGradient computes the gradient dx by the input from the gradient dy by the output and weights from [Conv.PackTransposed].
func (c *Conv[T]) InputGradient(f *kernel.Flushed, dx, dy, transposed []T, e Epilogue[T]) {
	c.in.check(len(dx))
	c.out.check(len(dy))
	c.checkPacked(len(transposed))
	e.check(c.in)
	c.backward.run(f, dx, Input[T]{X: dy}, transposed, e)
}

// WeightGradient computes the gradient dw by the weights, packed for [Conv.UnpackWeights], from the input x and the gradient dy
// by the output.
func (c *Conv[T]) WeightGradient(f *kernel.Flushed, dw []T, x Input[T], dy []T) {
	x.check(&c.forward.source)
	c.out.check(len(dy))
	c.checkPacked(len(dw))
	c.weights.run(f, dw, x, dy)
}

func (c *Conv[T]) checkPacked(n int) {
	if n != c.PackedLen() {
		panic(fmt.Sprintf("blocked: got %d packed weights, want %d", n, c.PackedLen()))
	}
}
