package onnx

// blocks reads an image's shape and the size of blocks.
func (c *call) blocks() (x *value, n int) {
	x, n = c.need(0), c.integer("blocksize", 0)
	if x.dims() != 4 || n < 1 || n > 1<<15 {
		c.fail("got shape %v and blocksize %d, want (batch, channels, height, width) and at least 1", x.shape, n)
	}
	return x, n
}

func drawDepthToSpace(c *call) []*value {
	x, n := c.blocks()
	s := x.shape
	if s[1]%(n*n) != 0 {
		c.fail("got %d channels, want a multiple of %d", s[1], n*n)
	}
	depth := s[1] / (n * n)
	split, order := []int{s[0], n, n, depth, s[2], s[3]}, []int{0, 3, 4, 1, 5, 2}
	if mode := c.text("mode", "DCR"); mode == "CRD" {
		split, order = []int{s[0], depth, n, n, s[2], s[3]}, []int{0, 1, 4, 2, 5, 3}
	} else if mode != "DCR" {
		c.fail("attribute \"mode\": got %q, want DCR or CRD", mode)
	}
	return one(c.reshape(c.transpose(c.reshape(x, split), order), []int{s[0], depth, s[2] * n, s[3] * n}))
}

func drawSpaceToDepth(c *call) []*value {
	x, n := c.blocks()
	s := x.shape
	if s[2]%n != 0 || s[3]%n != 0 {
		c.fail("got shape %v, want height and width that are multiples of %d", s, n)
	}
	split := c.reshape(x, []int{s[0], s[1], s[2] / n, n, s[3] / n, n})
	return one(c.reshape(c.transpose(split, []int{0, 3, 5, 1, 2, 4}), []int{s[0], s[1] * n * n, s[2] / n, s[3] / n}))
}
