package blocked

import (
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A weightPass computes the gradient by the weights.
type weightPass[T kernel.Float] struct {
	in, out Shape
	source  source
	offsets []int // elements from a result's position in the source to each place of the window
	parts   int   // of the batch, which are added at the end
	rows    int   // of results that fit into the L1 cache together with the source
	jobs    jobs[weightJob[T]]
}

const (
	maxParts   = 16      // so many cores are busy even if there is one block of channels
	partsBytes = 4 << 20 // memory for the parts
	cacheBytes = 32 << 10
)

func newWeightPass[T kernel.Float](in, out Shape, rows, cols axis) *weightPass[T] {
	r, c := rows.forward(), cols.forward()
	p := &weightPass[T]{in: in, out: out, source: newSource[T](in, r, c), jobs: newJobs[weightJob[T]]()}
	for _, row := range r.lines[0].taps {
		for _, col := range c.lines[0].taps {
			p.offsets = append(p.offsets, p.source.offset(0, row.at, col.at))
		}
	}
	p.parts = max(1, min(in.N, maxParts, partsBytes/(p.packed()*sizeOf[T]())))
	perRow := (p.source.rowPitch*rows.stride + widestOuter*out.W*Block) * sizeOf[T]()
	p.rows = max(1, cacheBytes/perRow)
	return p
}

// packed is the number of packed weights.
func (p *weightPass[T]) packed() int { return p.out.Blocks() * p.perBlock() }

// perBlock is the number of packed weights for a block of output channels.
func (p *weightPass[T]) perBlock() int { return p.in.Blocks() * len(p.offsets) * square }

// A weightJob is a gradient being computed on several cores.
type weightJob[T kernel.Float] struct {
	*weightPass[T]
	flushed *kernel.Flushed
	dw, dy  []T
	x       Input[T]
	others  buffer[T] // parts of the batch after the first, whose gradient goes to dw
	width   int       // blocks of output channels in a piece
}

// run computes dw from x and dy.
func (p *weightPass[T]) run(f *kernel.Flushed, dw []T, x Input[T], dy []T) {
	j := p.jobs.get()
	j.weightPass, j.flushed, j.dw, j.x, j.dy, j.width = p, f, dw, x, dy, p.out.Blocks()
	j.others.resize((p.parts - 1) * p.packed())
	if workers := pool.Workers(); p.parts < workers { // each piece copies its source
		j.width = max(1, j.width*p.parts/workers)
	}
	pool.Run(p.parts*j.across(), j)
	for i := 1; i < p.parts; i++ {
		kernel.Add(f, dw, dw, j.part(i))
	}
	*j = weightJob[T]{others: j.others}
	p.jobs.put(j)
}

// across is the number of pieces of the same images.
func (j *weightJob[T]) across() int { return (j.out.Blocks() + j.width - 1) / j.width }

// part is the gradient of a part of the batch.
func (j *weightJob[T]) part(i int) []T {
	if i == 0 {
		return j.dw
	}
	return j.others.memory[(i-1)*j.packed():][:j.packed()]
}

// Do computes the gradient of some blocks of output channels, for a part of the batch.
func (j *weightJob[T]) Do(i int) {
	part, from := i/j.across(), i%j.across()*j.width
	end := min(from+j.width, j.out.Blocks())
	dw := j.part(part)
	clear(dw[from*j.perBlock() : end*j.perBlock()])
	b := buffers[T]().get()
	for image := part * j.in.N / j.parts; image < (part+1)*j.in.N/j.parts; image++ {
		for top := 0; top < j.out.H; top += j.source.strip {
			rows := min(j.source.strip, j.out.H-top)
			s := weightStrip[T]{weightJob: j, dw: dw, x: load(j.flushed, &j.source, b, &j.x, image, top, rows), image: image, top: top, from: from, end: end}
			s.compute(rows)
		}
	}
	buffers[T]().put(b)
}

// A weightStrip is some rows of an image, and some blocks of output channels.
type weightStrip[T kernel.Float] struct {
	*weightJob[T]
	dw         []T
	x          *T // first element of the source that the rows read
	image, top int
	from, end  int // blocks
}

// compute adds the gradient of all weights, as many rows at a time as fit into the L1 cache.
func (s *weightStrip[T]) compute(rows int) {
	for done := 0; done < rows; done += s.rows {
		for source := range s.in.Blocks() {
			for block, width := s.from, 0; block < s.end; block += width {
				width = min(widestOuter, s.end-block)
				o := s.outer(source, block, done)
				o.rows = min(s.rows, rows-done)
				s.places(o, width)
			}
		}
	}
}

// outer describes the sum for the first place of the window, from a row of the strip on. All distances are in bytes.
func (s *weightStrip[T]) outer(source, block, row int) outer[T] {
	size, places := sizeOf[T](), len(s.offsets)
	return outer[T]{
		x:      advance(s.x, (s.source.offset(source, 0, 0)+row*s.source.rows.step*s.source.rowPitch)*size),
		xRow:   s.source.rows.step * s.source.rowPitch * size,
		dy:     &s.dy[(((s.image*s.out.Blocks()+block)*s.out.H)+s.top+row)*s.out.W*Block],
		dyRow:  s.out.W * Block * size,
		dyStep: s.out.plane() * Block * size,
		dw:     &s.dw[(block*s.in.Blocks()+source)*places*square],
		dwStep: s.perBlock() * size,
		pixels: s.out.W,
	}
}

// places adds the sums for all places of the window.
func (s *weightStrip[T]) places(o outer[T], width int) {
	for i, offset := range s.offsets {
		at := o
		at.x = advance(o.x, offset*sizeOf[T]())
		at.dw = advance(o.dw, i*square*sizeOf[T]())
		at.run(s.flushed, width)
	}
}
