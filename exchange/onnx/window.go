package onnx

import (
	"slices"
	"strings"
)

// A window tells how a window moves along the axes of images after the channels.
type window struct {
	size, stride, dilation []int
	begin, end             []int // padding on both sides
	out                    []int // number of places
	inside                 []int // padding at the end that counts as part of the image: without what ceil_mode adds
}

// window reads the attributes of a window of a size, on images (batch, channels, ...).
func (c *call) window(image, size []int) window {
	n := len(image)
	w := window{size: size, stride: c.perAxis("strides", n, 1), dilation: c.perAxis("dilations", n, 1)}
	if len(size) != n || slices.Min(size) < 1 {
		c.fail("got a window of %v on images of %v", size, image)
	}
	pads := c.perAxis("pads", 2*n, 0)
	w.begin, w.end = slices.Clone(pads[:n]), slices.Clone(pads[n:])
	auto := c.text("auto_pad", "NOTSET")
	for i := range n {
		extent := (size[i]-1)*w.dilation[i] + 1
		switch auto {
		case "SAME_UPPER", "SAME_LOWER":
			places := (image[i] + w.stride[i] - 1) / w.stride[i]
			total := max(0, (places-1)*w.stride[i]+extent-image[i])
			w.begin[i], w.end[i] = total/2, total-total/2
			if auto == "SAME_LOWER" {
				w.begin[i], w.end[i] = w.end[i], w.begin[i]
			}
		case "VALID":
			w.begin[i], w.end[i] = 0, 0
		case "NOTSET", "":
		default:
			c.fail("attribute \"auto_pad\": got %q, want NOTSET, VALID, SAME_UPPER or SAME_LOWER", auto)
		}
		w.count(c, i, image[i], extent)
	}
	return w
}

// count finds the number of places along an axis. With ceil_mode the last one may leave the image, but begins inside.
func (w *window) count(c *call, i, image, extent int) {
	room := image + w.begin[i] + w.end[i] - extent
	if room < 0 {
		c.fail("got a window of %d elements with dilation on %d with padding along axis %d", extent, image+w.begin[i]+w.end[i], i)
	}
	w.inside = append(w.inside, w.end[i])
	places := room/w.stride[i] + 1
	if c.integer("ceil_mode", 0) != 0 && room%w.stride[i] != 0 && places*w.stride[i] < image+w.begin[i] {
		w.end[i] += w.stride[i] - room%w.stride[i]
		places++
	}
	w.out = append(w.out, places)
}

// perAxis is an attribute with a number for each axis.
func (c *call) perAxis(name string, n, missing int) []int {
	list := c.list(name)
	if !c.has(name) {
		return slices.Repeat([]int{missing}, n)
	}
	if len(list) != n {
		c.fail("attribute %q: got %v, want %d numbers", name, list, n)
	}
	for _, v := range list {
		if v < missing || v > 1<<24 {
			c.fail("attribute %q: got %v, want numbers of at least %d", name, list, missing)
		}
	}
	return list
}

// isEven reports whether the padding is the same on both sides.
func (w window) isEven() bool { return slices.Equal(w.begin, w.end) }

// padded pads images with a number, after which the window has no padding.
func (c *call) padded(x *value, w window, fill float64) *value {
	for i := range w.size {
		if w.begin[i] != 0 || w.end[i] != 0 {
			x = c.padAxis(x, 2+i, w.begin[i], w.end[i], fill, paddings["constant"])
		}
	}
	return x
}

// patches lists the elements under the window at each place: (batch, channels, places, elements).
func (c *call) patches(x *value, w window, fill float64) *value {
	n := len(w.size)
	from := strides(x.shape)
	shape := slices.Concat(x.shape[:2], w.out, w.size)
	y := c.rearrange(x, shape, fill, func(at []int) int {
		sum := at[0]*from[0] + at[1]*from[1]
		for i := range n {
			k := at[2+i]*w.stride[i] + at[2+n+i]*w.dilation[i] - w.begin[i]
			if k < 0 || k >= x.shape[2+i] {
				return -1
			}
			sum += k * from[2+i]
		}
		return sum
	})
	return c.reshape(y, []int{x.shape[0], x.shape[1], sizeOf(w.out), sizeOf(w.size)})
}

// pair is height and width of one or two numbers.
func pair(list []int, first int) [2]int {
	if len(list) == 1 {
		return [2]int{first, list[0]}
	}
	return [2]int{list[0], list[1]}
}

// asImages gives sequences (batch, channels, length) a height of 1, and back.
func (c *call) asImages(x *value) *value {
	if x.dims() == 3 {
		return c.reshape(x, []int{x.shape[0], x.shape[1], 1, x.shape[2]})
	}
	return x
}

func (c *call) asSequences(x *value, dims int) *value {
	if dims == 3 {
		return c.reshape(x, []int{x.shape[0], x.shape[1], x.shape[3]})
	}
	return x
}

// needImages is input 0, which must have some axes after the channels.
func (c *call) needImages() *value {
	x := c.needFloat(0)
	if x.dims() < 3 || x.size() == 0 {
		c.fail("got shape %v, want (batch, channels, ...)", x.shape)
	}
	return x
}

// isSame reports whether the file asks for padding that keeps the size.
func (c *call) isSame() bool { return strings.HasPrefix(c.text("auto_pad", ""), "SAME") }
