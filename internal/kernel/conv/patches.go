package conv

import "github.com/gradflow/gradflow/internal/kernel"

// A span is a range of indices, without the end.
type span struct{ from, to int }

func (s span) size() int { return s.to - s.from }

// split gives part i of a range of n that is split into parts of the given size.
func split(n, size, i int) span { return span{i * size, min((i+1)*size, n)} }

// parts is the number of parts of the given size.
func parts(n, size int) int { return (n + size - 1) / size }

// lines is a part of a matrix of patches, of one image and group: some of its rows, and the columns of some lines of the output.
// Row (c·height + i)·width + j is element (i, j) of the windows in channel c.
type lines[T kernel.Float] struct {
	g       *Geometry
	rows    span
	lines   span
	data    []T
	stride  int // from row to row in data
	columns int
}

// gather makes patches from the channels of a group of an image. A pointwise convolution has them already.
func gather[T kernel.Float](g *Geometry, image, memory []T, rows, of span) lines[T] {
	p := lines[T]{g: g, rows: rows, lines: of, columns: of.size() * g.Result[1]}
	if g.pointwise() {
		p.data, p.stride = image[rows.from*g.pixels()+of.from*g.Result[1]:], g.pixels()
		return p
	}
	p.data, p.stride = memory, p.columns
	for r := rows.from; r < rows.to; r++ {
		dst, e := p.row(r), elementOf(g, image, r)
		if g.aligned() {
			e.copyLines(dst, g, of.from)
			continue
		}
		for oy := of.from; oy < of.to; oy++ {
			e.gather(dst[:g.Result[1]], g, oy)
			dst = dst[g.Result[1]:]
		}
	}
	return p
}

// scatter adds the patches to the channels of a group of an image, where they come from.
func (p *lines[T]) scatter(flushed *kernel.Flushed, image []T) {
	for r := p.rows.from; r < p.rows.to; r++ {
		src, e := p.row(r), elementOf(p.g, image, r)
		if p.g.aligned() {
			e.addLines(flushed, src, p.g, p.lines.from)
			continue
		}
		for oy := p.lines.from; oy < p.lines.to; oy++ {
			e.scatter(src[:p.g.Result[1]], p.g, oy)
			src = src[p.g.Result[1]:]
		}
	}
}

// row is a row of the patches.
func (p *lines[T]) row(r int) []T { return p.data[(r-p.rows.from)*p.stride:][:p.columns] }

// An element is one element of the windows in one channel: a row of patches.
type element[T kernel.Float] struct {
	plane    []T // the channel
	iy       int // line of the element in the window of output line 0
	first    int // column of the element in the first window that has it in the image
	from, to int // columns of the output whose windows have it in the image
}

func elementOf[T kernel.Float](g *Geometry, image []T, r int) (e element[T]) {
	e.plane = image[r/g.window()*g.pixels():][:g.pixels()]
	e.iy = r/g.Size[1]%g.Size[0]*g.Dilation[0] - g.Padding[0]
	e.first = r%g.Size[1]*g.Dilation[1] - g.Padding[1]
	width, stride := g.Image[1], g.Stride[1]
	e.to = min(g.Result[1], max(0, (width-e.first+stride-1)/stride))
	if e.first < 0 {
		e.from = min(e.to, (-e.first+stride-1)/stride)
		e.first += e.from * stride
	}
	return e
}

// line is the line of the image that the element lies on in windows of output line oy; nil if that is outside.
func (e *element[T]) line(g *Geometry, oy int) []T {
	iy := oy*g.Stride[0] + e.iy
	if iy < 0 || iy >= g.Image[0] {
		return nil
	}
	return e.plane[iy*g.Image[1]:][:g.Image[1]]
}

// gather copies the element of all windows of an output line; zeros where it lies outside of the image.
func (e *element[T]) gather(dst []T, g *Geometry, oy int) {
	line := e.line(g, oy)
	if line == nil || e.from == e.to {
		clear(dst)
		return
	}
	clear(dst[:e.from])
	clear(dst[e.to:])
	if g.Stride[1] == 1 {
		copy(dst[e.from:e.to], line[e.first:])
		return
	}
	at := e.first
	for i := e.from; i < e.to; i++ {
		dst[i] = line[at]
		at += g.Stride[1]
	}
}

// scatter adds the element of all windows of an output line to the image.
func (e *element[T]) scatter(src []T, g *Geometry, oy int) {
	line := e.line(g, oy)
	if line == nil || e.from == e.to {
		return
	}
	src = src[e.from:e.to]
	if g.Stride[1] == 1 {
		line = line[e.first:][:len(src)]
		for i, v := range src {
			line[i] += v
		}
		return
	}
	at := e.first
	for _, v := range src {
		line[at] += v
		at += g.Stride[1]
	}
}
