package blocked

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/kernel"
)

// A strip is some rows of results of an image or a few, in some blocks of channels.
type strip[T kernel.Float] struct {
	*passJob[T]
	image, count int
	top, rows    int // in each line of rows
	from, width  int // blocks
	sources      sources[T]
}

// weightBytes is about how large the packed weights are that a micro-kernel goes through for each tile. They stay in the L1 cache.
const weightBytes = 20 << 10

// compute computes all results of the strip.
func (s *strip[T]) compute() {
	for i := range s.phases {
		ph := &s.phases[i]
		if rows := min(s.rows, ph.rows.count-s.top); rows > 0 {
			s.phase(ph, rows)
		}
	}
	s.finish()
}

// phase computes the strip's results of a phase, over a few blocks of the source at a time.
func (s *strip[T]) phase(ph *phase, rows int) {
	t := s.tile(ph, rows)
	perBlock := len(ph.offsets) / s.source.blocks
	step := max(1, perBlock*max(1, weightBytes/max(1, perBlock*s.width*s.square()*sizeOf[T]())))
	for done := 0; done == 0 || done < len(ph.offsets); done += step {
		if t.taps = min(step, len(ph.offsets)-done); t.taps > 0 {
			t.offsets = &ph.offsets[done]
			t.w = &s.w[s.from*s.weights+ph.weights+done*s.square()]
		}
		for i := range s.count {
			at := t
			at.x, at.y = s.sources[i], advance(t.y, i*s.out.Blocks()*s.out.plane()*Block*sizeOf[T]())
			if done > 0 {
				at.start, at.startPixel, at.startBlock, at.startRow = at.y, at.yPixel, at.yBlock, at.yRow
			}
			s.columns(at, ph.cols.count)
		}
	}
}

// tile describes the first tile of a phase. All distances are in bytes.
func (s *strip[T]) tile(ph *phase, rows int) tile[T] {
	size := sizeOf[T]()
	row, col := ph.rows.first+s.top*ph.rows.step, ph.cols.first
	pixel := ((s.image*s.out.Blocks()+s.from)*s.out.H+row)*s.out.W + col
	t := tile[T]{
		xRow: s.source.rows.step * s.source.rowPitch * size, rows: rows, depth: s.source.depth,
		wBlock: s.weights * size, joined: s.group > 1, paired: s.paired,
		y: &s.y[pixel*Block], yPixel: ph.cols.step * Block * size,
		yBlock: s.out.plane() * Block * size, yRow: ph.rows.step * s.out.W * Block * size,
	}
	t.start = &s.zeros[0]
	if bias := s.epilogue.Bias; bias != nil {
		t.start, t.startBlock = &bias[s.from*Block], Block*size
	}
	return t
}

// columns computes the rows of a phase in tiles of about equal widths.
func (s *strip[T]) columns(t tile[T], count int) {
	widest := widestTile[T](s.width, t.joined)
	tiles := (count + widest - 1) / widest
	for i, col := 0, 0; i < tiles; i++ {
		width := (count + tiles - 1 - i) / tiles
		at := t // no pointer may go beyond its slice, not even after the last tile
		at.x = advance(t.x, col*s.source.depth*sizeOf[T]())
		at.y = advance(t.y, col*t.yPixel)
		at.start = advance(t.start, col*t.startPixel)
		at.run(s.flushed, s.width, width)
		col += width
	}
}

// sizeOf is the number of bytes in an element.
func sizeOf[T kernel.Float]() int { return int(unsafe.Sizeof(T(0))) }

// advance is the address n bytes after p. It must lie in the same slice, as the garbage collector reads it.
func advance[T kernel.Float](p *T, n int) *T { return (*T)(unsafe.Add(unsafe.Pointer(p), n)) }
