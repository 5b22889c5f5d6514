package op

import "strings"

// A cut is every so many of the elements along an axis: for each index along the axes before, runs of the elements along those after.
type cut struct {
	outer, axis, inner int // number of elements before, along and after the axis
	start, step, n     int
}

// cutOf reads the slice of a tensor of a shape, "T[:, 0:4:1...]", with a colon for each axis before the one that is cut.
func (s stock) cutOf(shape []int) (c cut, ok bool) {
	axis, b := len(strings.Split(s.text, ","))-1, s.spec.Bounds
	if len(shape) == 0 || axis >= len(shape) {
		return c, false
	}
	c = cut{outer: 1, axis: shape[axis], inner: 1, step: 1, n: shape[axis]}
	for i, size := range shape {
		switch {
		case i < axis:
			c.outer *= size
		case i > axis:
			c.inner *= size
		}
	}
	if len(b) == 3 {
		c.start, c.step = b[0], max(1, b[2])
		c.n = (b[1] - b[0] + c.step - 1) / c.step
	}
	return c, len(b) == 0 || len(b) == 3 && b[1] <= c.axis
}

// size is the number of elements of the cut.
func (c cut) size() int { return c.outer * c.n * c.inner }

// slice replaces a slice by a copy.
func (s stock) slice() *Op {
	if len(s.in) != 1 || s.spec.Name != "" {
		return nil
	}
	c, ok := s.cutOf(s.in[0].Shape())
	if !ok || c.size() != s.out.TotalSize() {
		return nil
	}
	return s.op(s.text, kernelsOf(takeCut[float32], takeCut[float64])(c), 1)
}

// sliceGradient replaces its gradient, whose operands are x and dy: dy at its place in zeros.
func (s stock) sliceGradient() replacement {
	if len(s.in) != 2 {
		return replacement{}
	}
	c, ok := s.cutOf(s.out)
	if !ok || c.size() != s.in[1].Shape().TotalSize() {
		return replacement{}
	}
	dy := s
	dy.in = s.in[1:]
	return replacement{dy.op(s.text, kernelsOf(putCut[float32], putCut[float64])(c), 1), dy.in}
}

// each calls f with the indices of the first elements of runs, in the cut and in the tensor, that have a length in common.
func (c cut) each(f func(in, of, length int)) {
	length, runs := c.inner, c.n
	if c.step == 1 {
		length, runs = c.n*c.inner, 1
	}
	for i := range c.outer {
		for j := range runs {
			f((i*runs+j)*length, (i*c.axis+c.start+j*c.step)*c.inner, length)
		}
	}
}

func takeCut[T Float](cut cut) func(*call[T]) error {
	return func(c *call[T]) error {
		cut.each(func(in, of, length int) { copy(c.out[in:in+length], c.in[0][of:]) })
		return nil
	}
}

func putCut[T Float](cut cut) func(*call[T]) error {
	return func(c *call[T]) error {
		clear(c.out)
		cut.each(func(in, of, length int) { copy(c.out[of:], c.in[0][in:in+length]) })
		return nil
	}
}

// concat replaces the concatenation along an axis.
func (s stock) concat() *Op {
	if len(s.spec.Axes) != 1 || len(s.in) == 0 {
		return nil
	}
	axis, total := s.spec.Axes[0], 0
	sizes := make([]int, len(s.in)) // of a run, in each input
	for i, n := range s.in {
		shape := n.Shape()
		if len(shape) != len(s.out) || axis >= len(shape) {
			return nil
		}
		sizes[i] = shape[axis:].TotalSize()
		total += sizes[i]
	}
	if total != s.out[axis:].TotalSize() {
		return nil
	}
	return s.op(s.text, kernelsOf(join[float32], join[float64])(sizes), len(s.in))
}

// join writes runs of the inputs in turn.
func join[T Float](sizes []int) func(*call[T]) error {
	return func(c *call[T]) error {
		out := c.out
		for i := 0; len(out) > 0; i++ {
			for k, size := range sizes {
				copy(out[:size], c.in[k][i*size:])
				out = out[size:]
			}
		}
		return nil
	}
}
