package onnx

import "slices"

func drawScatterElements(c *call) []*value {
	x, chosen, updates := c.need(0), c.need(1), c.need(2)
	axis, list := c.axis(c.integer("axis", 0), x.dims()), c.needIntegers(chosen, "the indices")
	if chosen.dims() != x.dims() || !slices.Equal(chosen.shape, updates.shape) {
		c.fail("got indices of shape %v and updates of shape %v for shape %v", chosen.shape, updates.shape, x.shape)
	}
	c.within(chosen.shape, x.shape, axis)
	c.count(chosen.shape)
	from, of := strides(x.shape), strides(chosen.shape)
	targets := indices(chosen.shape, func(at []int) int {
		return dot(at, from) + (c.index(list[dot(at, of)], x.shape[axis])-at[axis])*from[axis]
	})
	return one(c.scatter(x, updates, targets))
}

func drawScatterND(c *call) []*value {
	x, chosen, updates := c.need(0), c.need(1), c.need(2)
	list := c.needIntegers(chosen, "the indices")
	if chosen.dims() == 0 || chosen.shape[chosen.dims()-1] > x.dims() {
		c.fail("got indices of shape %v for shape %v", chosen.shape, x.shape)
	}
	depth, lead := chosen.shape[chosen.dims()-1], chosen.shape[:chosen.dims()-1]
	if want := slices.Concat(lead, x.shape[depth:]); !slices.Equal(updates.shape, want) {
		c.fail("got updates of shape %v, want %v", updates.shape, want)
	}
	c.count(updates.shape)
	from, of := strides(x.shape), strides(chosen.shape)
	targets := indices(updates.shape, func(at []int) int {
		sum, row := dot(at[len(lead):], from[depth:]), dot(at[:len(lead)], of[:len(lead)])
		for k := range depth {
			sum += c.index(list[row+k], x.shape[k]) * from[k]
		}
		return sum
	})
	return one(c.scatter(x, updates, targets))
}

// scatter writes updates to elements of x, whose places are targets, or adds or multiplies them.
func (c *call) scatter(x, updates *value, targets []int32) *value {
	if x.typ != updates.typ {
		c.fail("got %v and updates of %v, want one type", x.typ, updates.typ)
	}
	c.count(x.shape)
	size := x.size()
	switch how := c.text("reduction", "none"); how {
	case "none":
		flat := c.concat([]*value{c.reshape(x, []int{size}), c.reshape(updates, []int{len(targets)})}, 0)
		index := indices([]int{size}, func(at []int) int { return at[0] })
		for i, to := range targets {
			index[to] = int32(size + i)
		}
		return c.take(flat, index, x.shape, 0)
	case "add":
		return c.accumulate(x, updates, targets, plus, 0)
	case "mul":
		return c.accumulate(x, updates, targets, times, 1)
	default:
		c.fail("attribute \"reduction\": got %q, want none, add or mul", how)
		return nil
	}
}

// accumulate combines x with updates in rounds: in each, an element gets at most one.
func (c *call) accumulate(x, updates *value, targets []int32, f arithmetic, neutral float64) *value {
	for left := targets; len(left) > 0; {
		c.count(x.shape)
		index := slices.Repeat([]int32{-1}, x.size())
		next := slices.Repeat([]int32{-1}, len(targets))
		again := false
		for i, to := range left {
			switch {
			case to < 0:
			case index[to] < 0:
				index[to] = int32(i)
			default:
				next[i], again = to, true
			}
		}
		x = c.combine(f, x, c.take(updates, index, x.shape, neutral))
		if !again {
			break
		}
		left = next
	}
	return x
}
