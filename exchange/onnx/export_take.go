package onnx

import "slices"

// take writes a rearrangement by an index, which must do the same in each sample: a lookup in the numbers of a sample, after which stands the
// number that fills places.
func (w *nodeWriter) take() (string, error) {
	in, out := w.samplesOf(w.shape(w.in[0])), w.samplesOf(w.shape(w.n))
	if in.axis < 0 || out.axis < 0 {
		return w.fail("it rearranges what belongs to several samples")
	}
	list := slices.Repeat([]int{-1}, out.size)
	for i, at := range w.spec.Places {
		sample, k := out.split(i)
		place := in.size // of the number that fills
		if at >= 0 {
			var from int
			if from, place = in.split(int(at)); from != sample {
				return w.fail("it gives a sample what belongs to another")
			}
		}
		if list[k] >= 0 && list[k] != place {
			return w.fail("it does not do the same in each sample")
		}
		list[k] = place
	}
	layer, x := w.layer(), w.arg(0)
	if in.axis > 0 {
		x = w.add("Transpose", attributes{"perm": in.first()}, x)
	}
	rows := w.add("Reshape", nil, x, w.list(layer, "rows", 0, in.size))
	rows = w.add("Pad", nil, rows, w.list(layer, "pads", 0, 0, 0, 1), w.number(layer, "fill", w.spec.Alpha))
	y := w.add("Gather", attributes{"axis": 1}, rows, w.list(layer, "index", list...))
	y = w.add("Reshape", nil, y, w.list(layer, "shape", out.shapeFirst()...))
	if out.axis > 0 {
		y = w.add("Transpose", attributes{"perm": out.back()}, y)
	}
	return w.done(y)
}

// samples are a tensor that has its samples along an axis.
type samples struct {
	shape []int // with -1 for that axis
	axis  int   // -1 if there is none, or several
	batch int
	inner int // numbers after the axis
	size  int // numbers of a sample
}

func (e *exporter) samplesOf(shape []int) samples {
	s := samples{shape: shape, axis: slices.Index(shape, -1), batch: exportBatch, inner: 1, size: 1}
	for i, n := range shape {
		switch {
		case i == s.axis:
		case n < 0:
			s.axis = -1
			return s
		default:
			s.size *= n
			if i > s.axis {
				s.inner *= n
			}
		}
	}
	return s
}

// split tells the sample and the place in it of a number.
func (s samples) split(i int) (sample, place int) {
	outer, rest := i/(s.batch*s.inner), i%(s.batch*s.inner)
	return rest / s.inner, outer*s.inner + rest%s.inner
}

// first is the order of axes that begins with that of the samples.
func (s samples) first() []int {
	order := span(0, len(s.shape))
	return append([]int{s.axis}, slices.Delete(order, s.axis, s.axis+1)...)
}

// back is the order that undoes first.
func (s samples) back() []int {
	order := make([]int, len(s.shape))
	for i, axis := range s.first() {
		order[axis] = i
	}
	return order
}

// shapeFirst is the shape with the samples first, as a reshape reads it.
func (s samples) shapeFirst() []int {
	shape := []int{-1}
	for i, n := range s.shape {
		if i != s.axis {
			shape = append(shape, n)
		}
	}
	return shape
}
