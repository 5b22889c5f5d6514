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
		at, plane := p.row(r), image[r/g.window()*g.pixels():][:g.pixels()]
		for oy := of.from; oy < of.to; oy++ {
			dst := at[(oy-of.from)*g.Result[1]:][:g.Result[1]]
			line, first, inside := p.line(plane, r, oy)
			clear(dst[:inside.from])
			clear(dst[inside.to:])
			gatherLine(dst[inside.from:inside.to], line, first, g.Stride[1])
		}
	}
	return p
}

// row is a row of the patches.
func (p *lines[T]) row(r int) []T { return p.data[(r-p.rows.from)*p.stride:][:p.columns] }

// line is the line of a channel that element r of the windows of output line oy lies on. The elements of the output columns
// inside lie in the image; the first one at index first. No column is inside if the line is not in the image.
func (p *lines[T]) line(plane []T, r, oy int) (line []T, first int, inside span) {
	g := p.g
	ky, kx := r/g.Size[1]%g.Size[0], r%g.Size[1]
	iy := oy*g.Stride[0] - g.Padding[0] + ky*g.Dilation[0]
	if iy < 0 || iy >= g.Image[0] {
		return nil, 0, span{g.Result[1], g.Result[1]}
	}
	width, stride := g.Image[1], g.Stride[1]
	first = kx*g.Dilation[1] - g.Padding[1]
	inside.to = min(g.Result[1], max(0, (width-first+stride-1)/stride))
	if first < 0 {
		inside.from = min(inside.to, (-first+stride-1)/stride)
		first += inside.from * stride
	}
	return plane[iy*width:][:width], first, inside
}

func gatherLine[T kernel.Float](dst, line []T, first, stride int) {
	if stride == 1 && len(dst) > 0 {
		copy(dst, line[first:])
		return
	}
	for i := range dst {
		dst[i] = line[first+i*stride]
	}
}

// scatter adds the patches to the channels of a group of an image, where they come from.
func (p *lines[T]) scatter(image []T) {
	g := p.g
	for r := p.rows.from; r < p.rows.to; r++ {
		at, plane := p.row(r), image[r/g.window()*g.pixels():][:g.pixels()]
		for oy := p.lines.from; oy < p.lines.to; oy++ {
			line, first, inside := p.line(plane, r, oy)
			src := at[(oy-p.lines.from)*g.Result[1]:][inside.from:inside.to]
			for i, v := range src {
				line[first+i*g.Stride[1]] += v
			}
		}
	}
}
