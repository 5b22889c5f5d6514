package onnx

import (
	"math"
	"slices"
)

// resizeOperators change the size of images by interpolation.
func resizeOperators() map[string]operator {
	return map[string]operator{
		"Resize": {"coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value mode nearest_mode", drawResize},
		"Upsample": {"mode scales", func(c *call) []*value {
			scales := scalesOf(c, 1)
			if a := c.node.Attributes["scales"]; a != nil {
				for _, s := range a.Floats {
					scales = append(scales, float64(s))
				}
			}
			r := resizing{mode: c.text("mode", "nearest"), coordinates: "asymmetric", nearest: "floor"}
			if r.mode == "bilinear" {
				r.mode = "linear"
			}
			return one(r.apply(c, c.needFloat(0), scales, nil))
		}},
	}
}

// A resizing tells where the elements of the result are in the image, and how to interpolate there.
type resizing struct {
	mode, coordinates, nearest string
	cubic                      float64
	excludeOutside             bool
	outside                    float64   // number beyond the image, with tf_crop_and_resize
	region                     []float64 // of that: start of each axis, then ends, as shares of the image
}

// scalesOf reads the scales of an input; nil if it is left out or empty.
func scalesOf(c *call, i int) []float64 {
	if v := c.arg(i); v != nil && v.size() > 0 {
		return slices.Clone(c.needNumbers(v, "the scales"))
	}
	return nil
}

func drawResize(c *call) []*value {
	x := c.needFloat(0)
	r := resizing{
		mode: c.text("mode", "nearest"), coordinates: c.text("coordinate_transformation_mode", "half_pixel"),
		nearest: c.text("nearest_mode", "round_prefer_floor"), cubic: c.real("cubic_coeff_a", -0.75),
		excludeOutside: c.integer("exclude_outside", 0) != 0, outside: c.real("extrapolation_value", 0),
	}
	if c.opset < 11 {
		r.coordinates, r.nearest = "asymmetric", "floor"
		return one(r.apply(c, x, scalesOf(c, 1), nil))
	}
	if r.coordinates == "tf_crop_and_resize" {
		r.region = c.needNumbers(c.need(1), "the region")
	}
	c.arg(1) // the region, which other coordinates do not read
	var sizes []int
	if v := c.arg(3); v != nil && v.size() > 0 {
		sizes = c.needIntegers(v, "the sizes")
	}
	return one(r.apply(c, x, scalesOf(c, 2), sizes))
}

// apply resizes axis by axis, by scales or to sizes.
func (r resizing) apply(c *call, x *value, scales []float64, sizes []int) *value {
	if len(scales) != x.dims() && len(sizes) != x.dims() || scales != nil && sizes != nil {
		c.fail("got %d scales and %d sizes, want one of them for each axis of shape %v", len(scales), len(sizes), x.shape)
	}
	if r.region != nil && len(r.region) != 2*x.dims() {
		c.fail("got a region of %d numbers, want two for each axis of shape %v", len(r.region), x.shape)
	}
	from := x.shape
	for axis, n := range from {
		size, scale := 0, 0.0
		if scales != nil {
			scale = scales[axis]
			size = int(min(math.Floor(float64(n)*scale), math.MaxInt32))
			if r.region != nil {
				size = int(min(math.Floor(float64(n)*(r.region[axis+len(from)]-r.region[axis])*scale), math.MaxInt32))
			}
		} else {
			size, scale = sizes[axis], float64(sizes[axis])/float64(n)
		}
		if size < 1 || !(scale > 0) {
			c.fail("got size %d and scale %g along axis %d, want at least 1 and more than 0", size, scale, axis)
		}
		if r.coordinates == "align_corners" && scales != nil && math.Abs(float64(size)-float64(n)*scale) > 1e-4 {
			c.fail("got scale %.4g of %d elements with align_corners, which ONNX and ONNX Runtime compute differently (give sizes instead)", scale, n)
		}
		if size == n && scale == 1 && r.region == nil {
			continue
		}
		shape := slices.Clone(x.shape)
		shape[axis] = size
		c.check(shape)
		x = r.along(c, x, axis, size, scale)
	}
	return x
}

// place is where element i of the result is in the image of n elements along an axis.
func (r resizing) place(c *call, i, axis, n, size int, scale float64) float64 {
	v := float64(i)
	switch r.coordinates {
	case "half_pixel":
		return (v+0.5)/scale - 0.5
	case "tf_half_pixel_for_nn":
		return (v + 0.5) / scale
	case "pytorch_half_pixel":
		if size == 1 {
			return 0
		}
		return (v+0.5)/scale - 0.5
	case "align_corners":
		if size == 1 {
			return 0
		}
		return v * float64(n-1) / float64(size-1)
	case "asymmetric":
		return v / scale
	case "tf_crop_and_resize":
		start, end := r.region[axis], r.region[axis+len(r.region)/2]
		if size == 1 {
			return 0.5 * (start + end) * float64(n-1)
		}
		return start*float64(n-1) + v*(end-start)*float64(n-1)/float64(size-1)
	}
	c.fail("attribute \"coordinate_transformation_mode\": got %q, which is not supported", r.coordinates)
	return 0
}

// along resizes one axis: a sum of elements of the image with weights.
func (r resizing) along(c *call, x *value, axis, size int, scale float64) *value {
	n := x.shape[axis]
	var taps [][]int        // of each of a few neighbours, its place for each element of the result
	var weights [][]float64 // of the same
	add := func(i, tap, place int, weight float64) {
		if tap == len(taps) {
			taps, weights = append(taps, make([]int, size)), append(weights, make([]float64, size))
		}
		taps[tap][i], weights[tap][i] = place, weight
	}
	beyond := make([]float64, size)
	for i := range size {
		at := r.place(c, i, axis, n, size, scale)
		if r.region != nil && (at < 0 || at > float64(n-1)) {
			beyond[i] = 1
		}
		for tap, t := range r.neighbours(c, at, n) {
			add(i, tap, t.place, t.weight)
		}
	}
	shape := slices.Repeat([]int{1}, x.dims())
	shape[axis] = size
	var y *value
	for tap, list := range taps {
		part := c.along(x, axis, list, 0)
		if len(taps) > 1 {
			part = c.combine(times, part, constant(x.typ, weights[tap], shape...))
		}
		if y == nil {
			y = part
		} else {
			y = c.combine(plus, y, part)
		}
	}
	if slices.Max(beyond) > 0 {
		whole := c.expand(constant(y.typ, beyond, shape...), y.shape)
		y = c.where(asBool(whole), c.expand(number(y.typ, r.outside), y.shape), y)
	}
	return y
}

// A tap is an element of the image with its weight.
type tap struct {
	place  int
	weight float64
}

// neighbours are the elements that a place between elements is interpolated from.
func (r resizing) neighbours(c *call, at float64, n int) []tap {
	inside := func(place int) int { return min(max(place, 0), n-1) }
	low := math.Floor(at)
	share := at - low
	switch r.mode {
	case "nearest":
		return []tap{{inside(r.round(c, at)), 1}}
	case "linear":
		return []tap{{inside(int(low)), 1 - share}, {inside(int(low) + 1), share}}
	case "cubic":
		a, sum := r.cubic, 0.0
		list := make([]tap, 4)
		for i := range list {
			place, d := int(low)-1+i, math.Abs(share+1-float64(i))
			weight := 0.0
			if d <= 1 {
				weight = ((a+2)*d-(a+3))*d*d + 1
			} else if d < 2 {
				weight = a * (((d-5)*d+8)*d - 4)
			}
			if r.excludeOutside && (place < 0 || place >= n) {
				weight = 0
			}
			list[i], sum = tap{inside(place), weight}, sum+weight
		}
		if r.excludeOutside {
			for i := range list {
				list[i].weight /= sum
			}
		}
		return list
	}
	c.fail("attribute \"mode\": got %q, want nearest, linear or cubic", r.mode)
	return nil
}

// round is the element nearest to a place.
func (r resizing) round(c *call, at float64) int {
	switch r.nearest {
	case "round_prefer_floor":
		return int(math.Ceil(at - 0.5))
	case "round_prefer_ceil":
		return int(math.Floor(at + 0.5))
	case "floor":
		return int(math.Floor(at))
	case "ceil":
		return int(math.Ceil(at))
	}
	c.fail("attribute \"nearest_mode\": got %q, which is not supported", r.nearest)
	return 0
}
