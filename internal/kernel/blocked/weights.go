package blocked

import "fmt"

// square is the number of weights between a block of input and a block of output channels at one place.
const square = Block * Block

// PackWeights converts the weights w, (k, c, kh, kw), to the order in which [Conv.Forward] reads them.
func (c *Conv[T]) PackWeights(dst, w []T) {
	c.checkWeights(len(w), len(dst))
	c.pack(packing, dst, w)
}

// UnpackWeights converts a gradient from [Conv.WeightGradient] to the order of the weights, (k, c, kh, kw), in w.
func (c *Conv[T]) UnpackWeights(w, src []T) {
	c.checkWeights(len(w), len(src))
	c.pack(unpacking, src, w)
}

// PackTransposed converts weights from [Conv.PackWeights] to the order in which [Conv.InputGradient] reads them.
func (c *Conv[T]) PackTransposed(dst, packed []T) {
	c.checkPacked(len(dst))
	c.checkPacked(len(packed))
	c.pack(transposing, dst, packed)
}

func (c *Conv[T]) checkWeights(n, packed int) {
	c.checkPacked(packed)
	if want := c.out.C * c.perResult * c.places(); n != want {
		panic(fmt.Sprintf("blocked: got %d weights, want %d", n, want))
	}
}
