package op

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// maxDims is the number of dimensions that broadcast and reducing ops can take.
const maxDims = 8

// axes is a set of axes of a tensor: bit i is axis i.
type axes uint

// newAxes makes a set of a list of axes of a tensor with so many dimensions. An empty list means all of them.
func newAxes(list []int, dims int) (set axes, err error) {
	if dims > maxDims {
		return 0, errors.Errorf("input 0 has %d dimensions, expected at most %d", dims, maxDims)
	}
	for _, axis := range list {
		if axis < 0 || axis >= dims {
			return 0, errors.Errorf("there is no axis %d, expected 0 to %d", axis, dims-1)
		}
		if set.has(axis) {
			return 0, errors.Errorf("axis %d is named twice", axis)
		}
		set |= 1 << axis
	}
	if len(list) == 0 {
		set = 1<<dims - 1
	}
	return set, nil
}

func (a axes) has(axis int) bool { return a>>axis&1 == 1 }

// list gives the axes in order.
func (a axes) list() (list []int) {
	for axis := range maxDims {
		if a.has(axis) {
			list = append(list, axis)
		}
	}
	return list
}

// A walk goes through the elements of a tensor, a row at a time, and along with it through two smaller tensors that are
// broadcast to its shape: along some axes they have one element only. All lie in row-major order. Axes that are handled
// alike are one, so that rows are as long as can be. The first row is that of a new walk, and next goes to the next:
//
//	for more := true; more; more = w.next() {
//		// n elements of the tensor from w.at, and those of the smaller tensors from w.small, a step of w.step[0] apart
//	}
type walk struct {
	at    int    // first element of the row
	small [2]int // and in the smaller tensors

	dims  int             // innermost first: dimension 0 is the row
	size  [maxDims]int    // number of elements
	step  [maxDims][2]int // from one to the next in the smaller tensors: 0 if they have one element only
	count [maxDims]int    // how many have been gone through
}

// newWalk starts a walk through a tensor of some shape. The smaller tensors have one element along the axes of single.
func newWalk(shape tensor.Shape, single [2]axes) (w walk) {
	stride := [2]int{1, 1}
	for i := len(shape) - 1; i >= 0; i-- {
		size := shape[i]
		if size == 1 {
			continue
		}
		var step [2]int
		for k, s := range single {
			if !s.has(i) {
				step[k] = stride[k]
				stride[k] *= size
			}
		}
		last := w.dims - 1
		if w.dims > 0 && alike(step[0], w.step[last][0]) && alike(step[1], w.step[last][1]) {
			w.size[last] *= size
			continue
		}
		w.size[w.dims], w.step[w.dims] = size, step
		w.dims++
	}
	if w.dims == 0 {
		w.dims, w.size[0] = 1, 1
	}
	return w
}

func alike(step, other int) bool { return (step == 0) == (other == 0) }

// row is the number of elements of a row, and the step from one to the next in the smaller tensors: 0 or 1.
func (w *walk) row() (n int, step [2]int) { return w.size[0], w.step[0] }

// next goes to the next row, and tells whether there is one.
func (w *walk) next() bool {
	w.at += w.size[0]
	for d := 1; d < w.dims; d++ {
		w.count[d]++
		w.move(d, 1)
		if w.count[d] < w.size[d] {
			return true
		}
		w.move(d, -w.size[d])
		w.count[d] = 0
	}
	return false
}

func (w *walk) move(dim, steps int) {
	w.small[0] += steps * w.step[dim][0]
	w.small[1] += steps * w.step[dim][1]
}
