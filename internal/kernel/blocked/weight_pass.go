package blocked

import (
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A weightPass computes the gradient by the weights.
type weightPass[T kernel.Float] struct {
	in, out Shape
	source  source
	grouping
	offsets []int // bytes from a result's position in the source to what it reads: for each block, for each place of the window
	parts   int   // of the batch, which are added at the end
	rows    int   // of results that fit into the L1 cache together with the source
	shifted bool  // three places of the window lie beside each other in the source; see outer.runShifted
	jobs    jobs[weightJob[T]]
}

const (
	maxParts   = 16      // so many cores are busy even if there is one block of channels
	partsBytes = 4 << 20 // memory for the parts
	cacheBytes = 32 << 10
)

func newWeightPass[T kernel.Float](in, out Shape, depth int, g grouping, rows, cols axis) *weightPass[T] {
	r, c := rows.forward(), cols.forward()
	p := &weightPass[T]{in: in, out: out, source: newSource[T](in, depth, g.from, r, c), grouping: g, jobs: newJobs[weightJob[T]]()}
	for b := range g.from {
		for _, row := range r.lines[0].taps {
			for _, col := range c.lines[0].taps {
				p.offsets = append(p.offsets, p.source.offset(b, row.at, col.at)*sizeOf[T]())
			}
		}
	}
	p.shifted = depth == Block && !g.paired && cols.size == shifts && cols.stride == 1 && cols.dilation == 1 && out.W >= 2
	p.parts = max(1, min(in.N, maxParts, partsBytes/(p.packed()*sizeOf[T]())))
	perRow := (p.source.rowPitch*rows.stride + widestOuter[T](depth)*out.W*Block) * sizeOf[T]()
	p.rows = max(1, cacheBytes/perRow)
	return p
}

// packed is the number of packed weights.
func (p *weightPass[T]) packed() int { return p.out.Blocks() * p.perBlock() }

// perBlock is the number of packed weights for a block of output channels.
func (p *weightPass[T]) perBlock() int { return len(p.offsets) * p.grouping.square(p.source.depth) }

// A weightJob is a gradient being computed on several cores.
type weightJob[T kernel.Float] struct {
	*weightPass[T]
	flushed *kernel.Flushed
	dw, dy  []T
	x       Input[T]
	others  buffer[T] // parts of the batch after the first, whose gradient goes to dw
	width   int       // blocks of output channels in a piece
	images  int       // whose rows are added together
}

// run computes dw from x and dy.
func (p *weightPass[T]) run(f *kernel.Flushed, dw []T, x Input[T], dy []T) {
	j := p.jobs.get()
	j.weightPass, j.flushed, j.dw, j.x, j.dy, j.width = p, f, dw, x, dy, p.out.Blocks()
	if j.images = p.source.together(p.out.plane(), sizeOf[T]()); j.images <= p.out.H {
		j.images = 1
	}
	j.others.resize((p.parts - 1) * p.packed())
	if workers := pool.Workers(); p.parts < workers { // each piece copies its source
		j.width = max(1, j.width*p.parts/workers)
	}
	pool.Run(p.parts*j.across(), j)
	if p.parts > 1 {
		pool.Run((p.packed()+sumPiece-1)/sumPiece, (*partSum[T])(j))
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

// A partSum adds the parts of the batch.
type partSum[T kernel.Float] weightJob[T]

// sumPiece is the number of weights whose parts are added together, so that the sums stay in the L1 cache.
const sumPiece = 2048

// Do adds the parts of some weights, in order.
func (s *partSum[T]) Do(i int) {
	j := (*weightJob[T])(s)
	from, to := i*sumPiece, min((i+1)*sumPiece, j.packed())
	sum := j.dw[from:to]
	for part := 1; part < j.parts; part++ {
		kernel.Add(j.flushed, sum, sum, j.part(part)[from:to])
	}
}

// Do computes the gradient of some blocks of output channels, for a part of the batch.
func (j *weightJob[T]) Do(i int) {
	part, from := i/j.across(), i%j.across()*j.width
	end := min(from+j.width, j.out.Blocks())
	dw := j.part(part)
	clear(dw[from*j.perBlock() : end*j.perBlock()])
	b := buffers[T]().get()
	last := (part + 1) * j.in.N / j.parts
	for image := part * j.in.N / j.parts; image < last; image += j.images {
		for top := 0; top < j.out.H; top += j.source.strip {
			rows := min(j.source.strip, j.out.H-top)
			s := weightStrip[T]{weightJob: j, dw: dw, image: image, count: min(j.images, last-image), top: top}
			for s.from = from; s.from < end; s.from = s.end {
				s.end = j.grouping.end(s.from, end)
				var all sources[T]
				loadAll(&all, j.flushed, &j.source, b, &j.x, image, s.count, j.first(s.from), top, rows)
				s.x = all[0]
				s.compute(rows)
			}
		}
	}
	buffers[T]().put(b)
}

// A weightStrip is some rows of an image or a few, and some blocks of output channels.
type weightStrip[T kernel.Float] struct {
	*weightJob[T]
	dw           []T
	x            *T // first element of the source that the rows read
	image, count int
	top          int
	from, end    int // blocks, of one group
}

// compute adds the gradient of all weights, as many rows at a time as fit into the L1 cache, or the same row of all images.
func (s *weightStrip[T]) compute(rows int) {
	step := s.rows
	if s.count > 1 {
		step = 1
	}
	for done := 0; done < rows; done += step {
		for block, width := s.from, 0; block < s.end; block += width {
			width = min(s.widest(), s.end-block)
			o := s.outer(block, done)
			if o.rows = min(step, rows-done); s.count > 1 {
				o.rows, o.xRow = s.count, s.source.imagePitch(s.weightJob.x.inPlace(&s.source))*sizeOf[T]()
				o.dyRow = s.out.Blocks() * o.dyStep
			}
			switch {
			case s.source.depth == 1 || s.paired:
				s.taps(o, width)
			case s.shifted:
				s.shiftedSquares(o, width)
			default:
				s.squares(o, width)
			}
		}
	}
}

// outer describes the sum for a block of output channels, from a row of the strip on. All distances are in bytes.
func (s *weightStrip[T]) outer(block, row int) outer[T] {
	size := sizeOf[T]()
	xRow := s.source.rows.step * s.source.rowPitch * size
	return outer[T]{
		x: advance(s.x, row*xRow), xRow: xRow,
		dy:     &s.dy[(((s.image*s.out.Blocks()+block)*s.out.H)+s.top+row)*s.out.W*Block],
		dyRow:  s.out.W * Block * size,
		dyStep: s.out.plane() * Block * size,
		dw:     &s.dw[block*s.perBlock()],
		dwStep: s.perBlock() * size,
		pixels: s.out.W,
	}
}

// squares adds the sums for all blocks of the source and all places of the window.
func (s *weightStrip[T]) squares(o outer[T], width int) {
	for i, offset := range s.offsets {
		at := o
		at.x = advance(o.x, offset)
		at.dw = advance(o.dw, i*square*sizeOf[T]())
		at.run(s.flushed, width)
	}
}

// shiftedSquares does the same three places at a time.
func (s *weightStrip[T]) shiftedSquares(o outer[T], width int) {
	for b := range width {
		at := o
		at.dy = advance(o.dy, b*o.dyStep)
		for i := 0; i < len(s.offsets); i += shifts {
			at.x = advance(o.x, s.offsets[i])
			at.dw = advance(o.dw, b*o.dwStep+i*square*sizeOf[T]())
			at.runShifted(s.flushed)
		}
	}
}

// widest is the largest number of blocks of output channels whose weights are computed together.
func (s *weightStrip[T]) widest() int {
	if s.paired {
		return 1
	}
	return widestOuter[T](s.source.depth)
}

// taps adds the sums for all places of the window, and all planes if the source has those, some at a time.
func (s *weightStrip[T]) taps(o outer[T], width int) {
	groups := (len(s.offsets) + widestTaps[T]() - 1) / widestTaps[T]()
	for i, from := 0, 0; i < groups; i++ {
		taps := (len(s.offsets) + groups - 1 - i) / groups
		at := o
		at.offsets = &s.offsets[from]
		at.dw = advance(o.dw, from*Block*sizeOf[T]())
		if s.paired {
			at.runPaired(s.flushed, taps)
		} else {
			at.runPlanes(s.flushed, width, taps)
		}
		from += taps
	}
}
