package attention

// Size is the number of parameters of an [Encoder] of a width.
func (c Config) Size(width int) int {
	return c.Layers*(c.attentionSize(width)+c.branchesSize(2, width)+c.feedForwardSize(width)) + c.lastSize(width)
}

// DecoderSize is the number of parameters of a [Decoder] of a width.
func (c Config) DecoderSize(width int) int {
	return c.Layers*(2*c.attentionSize(width)+c.branchesSize(3, width)+c.feedForwardSize(width)) + c.lastSize(width)
}

// biases is n, or 0 without biases.
func (c Config) biases(n int) int {
	if c.NoBias {
		return 0
	}
	return n
}

func (c Config) attentionSize(width int) int {
	size := 4*width*width + c.biases(4*width)
	if c.QKNorm {
		size += 2 * width / max(1, c.Heads)
	}
	return size
}

func (c Config) feedForwardSize(width int) int {
	f := c.feedForward(deepNorm{})
	hidden := f.hidden(width)
	if c.SwiGLU {
		return 3 * width * hidden
	}
	return 2*width*hidden + c.biases(hidden+width)
}

// branchesSize is that of the normalisations, or the numbers of ReZero, of n branches.
func (c Config) branchesSize(n, width int) int {
	if c.Placement == ReZero {
		return n
	}
	return n * c.Norm.size(width)
}

func (c Config) lastSize(width int) int {
	if c.Placement.normsFirst() {
		return c.Norm.size(width)
	}
	return 0
}

func (n Norm) size(width int) int {
	if n == RMS {
		return width
	}
	return 2 * width
}
