package blocked

import "github.com/gradflow/gradflow/internal/kernel"

// stripBytes is about how much of the source a strip reads. It stays in the L2 cache.
const stripBytes = 256 << 10

// A source is the images that a pass reads, with zeros around them. The padded rows of a strip are copied to a buffer, in which
// the pixels of a row with the same residue modulo the step lie side by side.
type source struct {
	shape      Shape
	depth      int // channels of a pixel that lie side by side: a block, or one if the source consists of planes
	blocks     int // that are read together, or planes
	all        int // blocks of an image, or planes
	rows, cols side
	count      int  // rows of results in the longest line
	strip      int  // rows of results that are computed together
	strips     int  // in an image
	positions  int  // pixels of a padded row with the same residue
	rowPitch   int  // elements of a padded row
	blockPitch int  // elements of a block
	plain      bool // the images are read where they are
	usedRows   []bool
	usedCols   []bool
}

func newSource[T kernel.Float](in Shape, depth, blocks int, rows, cols side) source {
	s := source{shape: in, depth: depth, blocks: blocks, all: (in.C + depth - 1) / depth, rows: rows, cols: cols, count: rows.count(), usedRows: rows.used(), usedCols: cols.used()}
	s.plain = rows.plain() && cols.plain()
	s.positions = (cols.reach(cols.count()) + cols.step - 1) / cols.step
	s.rowPitch = s.positions * cols.step * depth
	if s.plain {
		s.rowPitch = in.W * depth
	}
	fits := stripBytes / (s.rowPitch * s.blocks * sizeOf[T]()) // padded rows
	s.strip = min(max(1, (fits-rows.reach(1))/rows.step+1), s.count)
	s.strips = (s.count + s.strip - 1) / s.strip
	s.strip = (s.count + s.strips - 1) / s.strips
	s.blockPitch = rows.reach(s.strip) * s.rowPitch
	if s.plain {
		s.blockPitch = in.plane() * depth
	}
	return s
}

// offset is the number of elements from the place of a result to what it reads in a block, the given rows and columns further.
func (s *source) offset(block, row, col int) int {
	step := s.cols.step
	return block*s.blockPitch + row*s.rowPitch + (col%step*s.positions+col/step)*s.depth
}

const (
	maxTogether = 8  // images
	fewPixels   = 64 // which several images have, so that a core goes through the weights less often
)

// together is the number of images whose strips are computed together, if their results have so many pixels and elements so many bytes.
func (s *source) together(pixels, size int) int {
	if s.strips > 1 {
		return 1
	}
	return max(1, min(maxTogether, fewPixels/pixels, stripBytes/(s.blocks*s.blockPitch*size)))
}

// sources are where the strips of images begin that are computed together.
type sources[T kernel.Float] [maxTogether]*T

// loadAll sets the addresses of the first elements that the results of the strips of some images read, from the first of the blocks that
// are read together.
func loadAll[T kernel.Float](to *sources[T], f *kernel.Flushed, s *source, b *buffer[T], in *Input[T], image, count, first, top, rows int) {
	n := s.blocks * s.blockPitch
	if in.inPlace(s) {
		for i := range count {
			to[i] = &in.X[((image+i)*s.all+first)*s.shape.plane()*s.depth+top*s.rowPitch]
		}
		return
	}
	memory := b.grow(count * n)
	padded := b.padded == s && b.images >= count
	for i := range count {
		to[i] = load(f, s, memory[i*n:], in, image+i, first, top, rows, padded)
	}
	if b.padded = nil; s.strips == 1 {
		b.padded, b.images = s, count
	}
}

// imagePitch is the number of elements from one image that loadAll has loaded to the next.
func (s *source) imagePitch(inPlace bool) int {
	if inPlace {
		return s.all * s.blockPitch
	}
	return s.blocks * s.blockPitch
}

// load copies what the results of a strip read to a buffer, and gives the address of the first element. The zeros around the images are
// there already if the buffer is padded.
func load[T kernel.Float](f *kernel.Flushed, s *source, to []T, in *Input[T], image, first, top, rows int, padded bool) *T {
	plane := s.shape.plane() * s.depth
	x := in.X[(image*s.all+first)*plane:][:s.blocks*plane]
	l := loader[T]{source: s, flushed: f, padded: padded, mapping: in.mapping(), top: top*s.rows.step - s.rows.pad, reach: s.rows.reach(rows)}
	for block := range s.blocks {
		if in.Normalize != nil {
			l.vectors = in.Normalize.vectors(first + block)
		}
		l.block(to[block*s.blockPitch:], x[block*plane:][:plane])
	}
	return &to[0]
}

// A loader copies the padded rows of a strip.
type loader[T kernel.Float] struct {
	*source
	flushed    *kernel.Flushed
	padded     bool
	top, reach int // first row, which may lie in the padding, and number of rows
	mapping    pixelMap
	vectors    [4 * Block]T
}

// block copies the rows of a block of an image. Outside the image there are zeros.
func (l *loader[T]) block(to, plane []T) {
	first := min(max(0, -l.top), l.reach)
	end := min(max(first, l.shape.H-l.top), l.reach)
	if !l.padded {
		clear(to[:first*l.rowPitch])
		clear(to[end*l.rowPitch : l.reach*l.rowPitch])
	}
	// Rows that no result reads are left out: those whose distance modulo the step no tap has.
	for residue, used := range l.usedRows {
		i := first + (residue-first%l.rows.step+l.rows.step)%l.rows.step
		if !used || i >= end {
			continue
		}
		rows := (end - i + l.rows.step - 1) / l.rows.step
		l.copyRows(to[i*l.rowPitch:], plane[(l.top+i)*l.shape.W*l.depth:], rows)
	}
}

// copyRows copies every step-th row.
func (l *loader[T]) copyRows(to, from []T, rows int) {
	for residue, used := range l.usedCols {
		if used {
			l.part(to[residue*l.positions*l.depth:], from, residue, rows)
		}
	}
}

// part copies the pixels of rows with one residue: position i holds the pixel i·step + residue - pad.
func (l *loader[T]) part(to, from []T, residue, rows int) {
	step, shift, pitch := l.cols.step, l.cols.pad-residue, l.rows.step*l.rowPitch
	first := min(max(0, (shift+step-1)/step), l.positions)
	end := min(max(first, (l.shape.W+shift+step-1)/step), l.positions)
	for i := 0; i < rows && !l.padded; i++ {
		clear(to[i*pitch:][:first*l.depth])
		clear(to[i*pitch:][end*l.depth : l.positions*l.depth])
	}
	if first == end {
		return
	}
	from, to = from[(first*step-shift)*l.depth:], to[first*l.depth:]
	g := grid{n: end - first, stride: step, rows: rows, dstRow: pitch / l.depth, aRow: l.rows.step * l.shape.W}
	if l.depth == 1 {
		copyPlane(to, from, g)
		return
	}
	mapPixels(l.flushed, l.mapping, to, from, from, from, l.vectors[:], g)
}

// copyPlane copies the pixels of a grid in a plane.
func copyPlane[T kernel.Float](to, from []T, g grid) {
	for row := range g.rows {
		dst, src := to[row*g.dstRow:][:g.n], from[row*g.aRow:]
		if g.stride == 1 {
			copy(dst, src)
			continue
		}
		for i := range dst {
			dst[i] = src[i*g.stride]
		}
	}
}
