package op

import "gorgonia.org/tensor"

// broadcastRows iterates over the rows of a tensor, and at the same time over two smaller tensors that are broadcast to its
// shape: along some axes they have one element only. All are row-major. Adjacent axes that are broadcast alike are joined, so
// that rows are as long as possible. newBroadcastRows begins at the first row, and next goes on:
//
//	for more := true; more; more = w.next() {
//		// n elements of the tensor begin at w.at; those of the smaller tensors begin at w.small, w.step[0] apart
//	}
type broadcastRows struct {
	at    int    // first element of the row
	small [2]int // first element of the row in the smaller tensors

	dims  int             // innermost first: dimension 0 is the row
	size  [maxDims]int    // number of elements
	step  [maxDims][2]int // from one to the next in the smaller tensors: 0 if they have one element only
	count [maxDims]int    // number of elements visited
}

// newBroadcastRows begins at the first row of a tensor of the given shape. The smaller tensors have one element along the axes in
// single.
func newBroadcastRows(shape tensor.Shape, single [2]axes) (w broadcastRows) {
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
func (w *broadcastRows) row() (n int, step [2]int) { return w.size[0], w.step[0] }

// next goes to the next row, and reports whether there is one.
func (w *broadcastRows) next() bool {
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

func (w *broadcastRows) move(dim, steps int) {
	w.small[0] += steps * w.step[dim][0]
	w.small[1] += steps * w.step[dim][1]
}
