package blocked

import "fmt"

// A Window is the way a convolution or a pooling moves over an image; [0] is for rows and [1] for columns.
type Window struct {
	Size     [2]int
	Stride   [2]int // 0 is 1
	Dilation [2]int // 0 is 1
	Before   [2]int // zeros above and to the left
	After    [2]int // zeros below and to the right
}

// Square is a window of the same size, stride and padding in both directions.
func Square(size, stride, pad int) Window {
	both := func(n int) [2]int { return [2]int{n, n} }
	return Window{Size: both(size), Stride: both(stride), Before: both(pad), After: both(pad)}
}

// axis gives the window along rows (0) or columns (1) of an image with in pixels there.
func (w Window) axis(i, in int) (axis, error) {
	a := axis{in: in, size: w.Size[i], stride: max(w.Stride[i], 1), dilation: max(w.Dilation[i], 1), pad: w.Before[i]}
	if w.Stride[i] < 0 || w.Dilation[i] < 0 || w.Before[i] < 0 || w.After[i] < 0 || a.size < 1 || in < 1 {
		return a, fmt.Errorf("blocked: got window %+v over %d pixels, want a size of 1 or more and nothing negative", w, in)
	}
	room := in + w.Before[i] + w.After[i] - a.span()
	if room < 0 {
		return a, fmt.Errorf("blocked: got %d pixels with padding, want at least the window's %d", room+a.span(), a.span())
	}
	a.out = room/a.stride + 1
	return a, nil
}

// An axis is one dimension of a convolution: output o reads the inputs o·stride + k·dilation - pad for k below size.
type axis struct{ in, out, size, stride, dilation, pad int }

// span is the number of pixels that a window reaches over.
func (a axis) span() int { return (a.size-1)*a.dilation + 1 }
