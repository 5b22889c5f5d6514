package conv

import "github.com/gradflow/gradflow/internal/kernel"

// aligned reports whether the windows move by one, over lines that are as long in the output as in the image. Then a row of patches is
// the channel from some place on, but for zeros at the ends of the lines, and need not be made line by line.
func (g *Geometry) aligned() bool {
	return g.Stride == [2]int{1, 1} && g.Result[1] == g.Image[1]
}

// copyLines is gather for output lines from oy on, as many as dst holds.
func (e *element[T]) copyLines(dst []T, g *Geometry, oy int) {
	at, part := e.overlap(len(dst), g, oy)
	if e.from == e.to || part.from == part.to {
		clear(dst)
		return
	}
	clear(dst[:part.from])
	copy(dst[part.from:part.to], e.plane[at+part.from:])
	clear(dst[part.to:])
	e.clearEnds(dst, g)
}

// addLines is scatter for output lines from oy on. It sets patches outside of the image to zero.
func (e *element[T]) addLines(flushed *kernel.Flushed, src []T, g *Geometry, oy int) {
	at, part := e.overlap(len(src), g, oy)
	if e.from == e.to || part.from == part.to {
		return
	}
	e.clearEnds(src, g)
	plane := e.plane[at+part.from : at+part.to]
	kernel.Add(flushed, plane, plane, src[part.from:part.to])
}

// overlap tells which place of the channel belongs to the first of n patches, even if it lies before it, and which patches belong to
// places in the channel. Some of these lie beyond the end of a line.
func (e *element[T]) overlap(n int, g *Geometry, oy int) (at int, part span) {
	at = (oy+e.iy)*g.Image[1] + e.first - e.from
	part.from = min(n, max(0, -at))
	part.to = max(part.from, min(n, len(e.plane)-at))
	return at, part
}

// clearEnds sets patches before and after the lines of the image to zero.
func (e *element[T]) clearEnds(patches []T, g *Geometry) {
	width := g.Image[1]
	if e.from == 0 && e.to == width {
		return
	}
	for ; len(patches) > 0; patches = patches[width:] {
		for i := range e.from {
			patches[i] = 0
		}
		for i := e.to; i < width; i++ {
			patches[i] = 0
		}
	}
}
