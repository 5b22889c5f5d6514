package blocked

// A side is one dimension of a pass as the micro-kernels see it: a source with zeros around it, and lines of results.
//
// Result r of a line reads the padded source at r·step + at for each of the line's taps.
type side struct {
	source int // pixels without padding
	step   int
	pad    int // zeros before the source; negative: the first pixels are not read
	lines  []line
}

// A line is the results first, first+step, ... of a pass, which have the same taps.
type line struct {
	first, step, count int
	taps               []tap
}

// A tap is a place of the window and its distance in the padded source.
type tap struct{ place, at int }

// forward is the side of a convolution: one line.
func (a axis) forward() side {
	l := line{step: 1, count: a.out}
	for k := range a.size {
		l.taps = append(l.taps, tap{k, k * a.dilation})
	}
	return side{source: a.in, step: a.stride, pad: a.pad, lines: []line{l}}
}

// backward is the side of the gradient by the input: a line for each residue of the input's index modulo the stride. The input
// at i receives from the output at (i + pad - k·dilation)/stride for the places k for which that is an integer.
func (a axis) backward() side {
	s := side{source: a.out, step: 1}
	for i := range min(a.stride, a.in) {
		l := line{first: i, step: a.stride, count: (a.in - i + a.stride - 1) / a.stride}
		for k := range a.size {
			if d := i + a.pad - k*a.dilation; d%a.stride == 0 {
				l.taps = append(l.taps, tap{k, d / a.stride})
			}
		}
		s.lines = append(s.lines, l)
	}
	s.shift()
	return s
}

// shift chooses the padding so that no tap lies before the padded source.
func (s *side) shift() {
	least, found := 0, false
	for _, l := range s.lines {
		for _, t := range l.taps {
			if !found || t.at < least {
				least, found = t.at, true
			}
		}
	}
	s.pad = -least
	for _, l := range s.lines {
		for i := range l.taps {
			l.taps[i].at -= least
		}
	}
}

// count is the number of results of the longest line.
func (s side) count() int {
	n := 0
	for _, l := range s.lines {
		n = max(n, l.count)
	}
	return n
}

// reach is the number of padded pixels that n results in a row read.
func (s side) reach(n int) int {
	last := 0
	for _, l := range s.lines {
		for _, t := range l.taps {
			last = max(last, t.at)
		}
	}
	return (n-1)*s.step + last + 1
}

// used tells for each residue modulo the step whether a tap reads the padded pixels with it.
func (s side) used() []bool {
	u := make([]bool, s.step)
	for _, l := range s.lines {
		for _, t := range l.taps {
			u[t.at%s.step] = true
		}
	}
	return u
}

// adjoin reports whether the results of neighbouring pixels read three places beside each other, so that a tile can read each pixel
// once for three results.
func (s side) adjoin() bool {
	if s.step != 1 || len(s.lines) != 1 || len(s.lines[0].taps) != shifts {
		return false
	}
	return s.reach(1) == shifts
}

// plain reports whether the results read the source as it is, without zeros around it or gaps between.
func (s side) plain() bool {
	return s.step == 1 && s.pad == 0 && len(s.lines) == 1 && s.reach(s.lines[0].count) <= s.source
}
