package op

import "reflect"

// pool replaces the maximum or the mean of windows of images, or the mean of all pixels. Gorgonia's mean divides by the width of the
// image; ours by the size of the window, in which padding counts, as Gorgonia's does where the two numbers are equal.
func (s stock) pool() replacement {
	if len(s.in) == 0 || s.in[0].Dims() != 4 {
		return replacement{}
	}
	if s.spec.Name == "global average" {
		return s.globalMean()
	}
	w, ok := s.poolWindow()
	switch {
	case !ok:
		return replacement{}
	case s.spec.Name == "average":
		return s.by(averagePooling(w, true).mean(4), s.in[0])
	}
	return s.by(maxPooling(w).maximum(), s.in[0])
}

// globalMean keeps the axes of the image, with one pixel.
func (s stock) globalMean() replacement {
	p := globalPooling
	o := s.op(p.name, kernels{averagePool[float32](p), averagePool[float64](p)}, 1)
	if o == nil {
		return replacement{}
	}
	o.spec = p.mean(4).spec
	return replacement{o, s.in[:1]}
}

// poolGradient replaces the gradient of a pool, whose operands are its input, its result and the gradient of that.
func (s stock) poolGradient() replacement {
	w, ok := s.poolWindow()
	if !ok || len(s.in) != 3 {
		return replacement{}
	}
	x, dy := s.in[0], s.in[2]
	if s.spec.Name == "average" {
		return s.by(averagePooling(w, true).meanBackward(s.out, dy.Shape()), dy)
	}
	return s.by(maxPooling(w).maximumBackward(), x, dy)
}

// poolWindow reads the window. Gorgonia may pad opposite sides by different numbers; we cannot.
func (s stock) poolWindow() (w Window, ok bool) {
	r := fields{of: reflect.Indirect(reflect.ValueOf(s.node.Op()))}
	w = Window{Size: r.pair("h", "w"), Stride: r.pair("strideH", "strideW"), Padding: r.pair("padNorth", "padWest")}.filled()
	return w, r.pair("padSouth", "padEast") == w.Padding && !r.missing
}
