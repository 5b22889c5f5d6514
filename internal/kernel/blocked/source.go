package blocked

import "github.com/gradflow/gradflow/internal/kernel"

// stripBytes is about how much of the source a strip reads. It stays in the L2 cache.
const stripBytes = 256 << 10

// A source is the images that a pass reads, with zeros around them. The padded rows of a strip are copied to a buffer, in which
// the pixels of a row with the same residue modulo the step lie side by side.
type source struct {
	shape      Shape
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

func newSource[T kernel.Float](in Shape, rows, cols side) source {
	s := source{shape: in, rows: rows, cols: cols, count: rows.count(), usedRows: rows.used(), usedCols: cols.used()}
	s.plain = rows.plain() && cols.plain()
	s.positions = (cols.reach(cols.count()) + cols.step - 1) / cols.step
	s.rowPitch = s.positions * cols.step * Block
	if s.plain {
		s.rowPitch = in.W * Block
	}
	fits := stripBytes / (s.rowPitch * in.Blocks() * sizeOf[T]()) // padded rows
	s.strip = min(max(1, (fits-rows.reach(1))/rows.step+1), s.count)
	s.strips = (s.count + s.strip - 1) / s.strip
	s.strip = (s.count + s.strips - 1) / s.strips
	s.blockPitch = rows.reach(s.strip) * s.rowPitch
	if s.plain {
		s.blockPitch = in.plane() * Block
	}
	return s
}

// offset is the number of elements from the place of a result to what it reads in a block, the given rows and columns further.
func (s *source) offset(block, row, col int) int {
	step := s.cols.step
	return block*s.blockPitch + row*s.rowPitch + (col%step*s.positions+col/step)*Block
}

// load gives the address of the first element that the results of a strip read, after copying them to the buffer if need be.
func load[T kernel.Float](s *source, b *buffer[T], x []T, image, top, rows int) *T {
	plane := s.shape.plane() * Block
	x = x[image*s.shape.Blocks()*plane:][:s.shape.Blocks()*plane]
	if s.plain {
		return &x[top*s.rowPitch]
	}
	to := b.resize(s.shape.Blocks() * s.blockPitch)
	first, reach := top*s.rows.step-s.rows.pad, s.rows.reach(rows)
	for block := range s.shape.Blocks() {
		from := x[block*plane:][:plane]
		for i := range reach {
			if s.usedRows[i%s.rows.step] {
				loadRow(s, to[block*s.blockPitch+i*s.rowPitch:][:s.rowPitch], from, first+i)
			}
		}
	}
	return &to[0]
}

// loadRow copies row y of a block of an image. Outside the image there are zeros.
func loadRow[T kernel.Float](s *source, to, plane []T, y int) {
	if y < 0 || y >= s.shape.H {
		clear(to)
		return
	}
	row, step := plane[y*s.shape.W*Block:][:s.shape.W*Block], s.cols.step
	for residue, used := range s.usedCols {
		if !used {
			continue
		}
		part := to[residue*s.positions*Block:][:s.positions*Block]
		// Position i holds the pixel i·step + residue - pad.
		first := min(max(0, (s.cols.pad-residue+step-1)/step), s.positions)
		last := min(max(first, (s.shape.W+s.cols.pad-residue+step-1)/step), s.positions)
		clear(part[:first*Block])
		clear(part[last*Block:])
		pixel := first*step + residue - s.cols.pad
		if step == 1 {
			copy(part[first*Block:last*Block], row[pixel*Block:])
			continue
		}
		for i := first; i < last; i, pixel = i+1, pixel+step {
			*(*[Block]T)(part[i*Block:]) = *(*[Block]T)(row[pixel*Block:])
		}
	}
}
