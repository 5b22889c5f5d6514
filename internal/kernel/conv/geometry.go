package conv

import "github.com/pkg/errors"

// A Window tells how a window moves over an image. Each field holds a number for the height and one for the width.
type Window struct {
	Size     [2]int // elements of the window
	Stride   [2]int // from one window to the next
	Padding  [2]int // zeros around the image, on each side
	Dilation [2]int // from one element of the window to the next
}

// limit is the largest number in a window, and the largest side of an image.
const limit = 1 << 20

// sides names the entries of a pair in errors.
var sides = [2]string{"height", "width"}

// Validate returns an error if a number is out of range.
func (w Window) Validate() error {
	for _, field := range []struct {
		name  string
		least int
		value [2]int
	}{{"window", 1, w.Size}, {"stride", 1, w.Stride}, {"padding", 0, w.Padding}, {"dilation", 1, w.Dilation}} {
		for side, v := range field.value {
			if v < field.least || v > limit {
				return errors.Errorf("got %s %d in %s, want %d to %d", field.name, v, sides[side], field.least, limit)
			}
		}
	}
	return nil
}

// Output is the number of windows that fit into an image.
func (w Window) Output(image [2]int) (out [2]int, err error) {
	if err := w.Validate(); err != nil {
		return out, err
	}
	for side, n := range image {
		if n < 1 || n > limit {
			return out, errors.Errorf("got an image of %s %d, want 1 to %d", sides[side], n, limit)
		}
		// The numbers are up to 2^20, so the product fits into 64 bits, and the result into 32.
		padded, extent := int64(n+2*w.Padding[side]), int64(w.Dilation[side])*int64(w.Size[side]-1)+1
		if padded < extent {
			return out, errors.Errorf("got an image of %s %d, with padding %d, want at least the %d that a window of %d with dilation %d covers",
				sides[side], n, padded, extent, w.Size[side], w.Dilation[side])
		}
		out[side] = int(padded-extent)/w.Stride[side] + 1
	}
	return out, nil
}

// A Geometry is the sizes of a convolution.
type Geometry struct {
	Window
	Batch   int
	In, Out int    // channels
	Groups  int    // of channels: each group of outputs is computed from one group of inputs
	Image   [2]int // height and width of the inputs
	Result  [2]int // height and width of the outputs
}

// New checks the shapes of the images (batch, channels, height, width) and the weights (out, in/groups, height, width) of a convolution.
// The size of the window is that of the weights.
func New(x, w [4]int, window Window, groups int) (g Geometry, err error) {
	window.Size = [2]int{w[2], w[3]}
	g = Geometry{Window: window, Batch: x[0], In: x[1], Out: w[0], Groups: groups, Image: [2]int{x[2], x[3]}}
	switch {
	case groups < 1 || g.In%groups != 0 || g.Out%groups != 0:
		return g, errors.Errorf("got %d groups for %d and %d channels, want a divisor of both", groups, g.In, g.Out)
	case w[1]*groups != g.In:
		return g, errors.Errorf("got %d channels in axis 1 of the weight, want %d for an input of %d channels in %d groups", w[1], g.In/groups, g.In, groups)
	}
	g.Result, err = window.Output(g.Image)
	return g, err
}

// OutputShape is the shape of the result.
func (g Geometry) OutputShape() [4]int { return [4]int{g.Batch, g.Out, g.Result[0], g.Result[1]} }

// Work is the number of multiplications.
func (g Geometry) Work() int { return g.Batch * g.Out * g.area() * g.depth() }

// area and pixels are the number of elements of a channel, in the output and in the input.
func (g *Geometry) area() int   { return g.Result[0] * g.Result[1] }
func (g *Geometry) pixels() int { return g.Image[0] * g.Image[1] }

// inGroup and outGroup are the number of channels of a group.
func (g *Geometry) inGroup() int  { return g.In / g.Groups }
func (g *Geometry) outGroup() int { return g.Out / g.Groups }

// window is the number of elements of a window in one channel, depth that in all channels of a group.
func (g *Geometry) window() int { return g.Size[0] * g.Size[1] }
func (g *Geometry) depth() int  { return g.inGroup() * g.window() }

// pointwise reports whether the input itself is the matrix of patches.
func (g *Geometry) pointwise() bool {
	return g.Size == [2]int{1, 1} && g.Stride == [2]int{1, 1} && g.Padding == [2]int{}
}
