package blocked

import (
	"slices"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A pass is a convolution as the micro-kernels see it, planned for one shape. Forward is one, and InputGradient another.
type pass[T kernel.Float] struct {
	in, out Shape // of the source and of the results
	source  source
	grouping
	phases  []phase
	squares []placeOf // for each place of the window
	weights int       // packed for a block of results
	group   int       // places of the window that lie beside each other and share an offset
	pixels  int       // of results in the longest line of columns
	zeros   [Block]T
	jobs    jobs[passJob[T]]
}

// A phase is the results on one line of rows and one of columns.
type phase struct {
	rows, cols line
	places     []int // row·columns + column in the window, in the order of the sums
	offsets    []int // bytes from a result's position in the source to what it reads: for each block, for each place or group of places
	weights    int   // first of its packed weights within those of a block of results
}

// A placeOf tells which phase has a place of the window, and its index among that phase's places. The gradient by an input with fewer
// pixels than the stride has no phase for some places.
type placeOf struct{ phase, index int }

// newPass plans a pass over a window with the given numbers of places and of columns.
func newPass[T kernel.Float](in, out Shape, depth int, g grouping, rows, cols side, places, columns int) *pass[T] {
	p := &pass[T]{in: in, out: out, source: newSource[T](in, depth, g.from, rows, cols), grouping: g, group: 1, pixels: cols.count(), jobs: newJobs[passJob[T]]()}
	if depth == Block && out.Blocks() == 1 && cols.adjoin() && !g.paired {
		p.group = shifts
	}
	for _, r := range rows.lines {
		for _, c := range cols.lines {
			p.addPhase(r, c, columns)
		}
	}
	p.findPlaces(places)
	return p
}

// addPhase plans the results of a line of rows and one of columns.
func (p *pass[T]) addPhase(rows, cols line, columns int) {
	ph := phase{rows: rows, cols: cols, weights: p.weights}
	taps := slices.Clone(cols.taps)
	if p.group > 1 {
		slices.SortFunc(taps, func(a, b tap) int { return a.at - b.at })
	}
	for _, r := range rows.taps {
		for _, c := range taps {
			ph.places = append(ph.places, r.place*columns+c.place)
		}
	}
	for b := range p.grouping.from {
		for _, r := range rows.taps {
			for i := 0; i < len(taps); i += p.group {
				ph.offsets = append(ph.offsets, p.source.offset(b, r.at, taps[i].at)*sizeOf[T]())
			}
		}
	}
	p.weights += len(ph.offsets) * p.square()
	p.phases = append(p.phases, ph)
}

// squareAt is the index of the first packed weight between a block of results and a block or plane of its group's source at a place of
// the window. The rows of the square lie group blocks apart.
func (p *pass[T]) squareAt(to, from, place int) int {
	ph, i := &p.phases[p.squares[place].phase], p.squares[place].index
	at := to*p.weights + ph.weights + from*len(ph.places)*p.grouping.square(p.source.depth)
	return at + i/p.group*p.square() + i%p.group*Block
}

// findPlaces notes where each of n places of the window is.
func (p *pass[T]) findPlaces(n int) {
	p.squares = slices.Repeat([]placeOf{{-1, -1}}, n)
	for i, ph := range p.phases {
		for j, place := range ph.places {
			p.squares[place] = placeOf{i, j}
		}
	}
}

// square is the number of weights for one offset, in one block of results.
func (p *pass[T]) square() int { return p.group * p.grouping.square(p.source.depth) }

// A passJob is a pass being computed on several cores.
type passJob[T kernel.Float] struct {
	*pass[T]
	flushed  *kernel.Flushed
	y, w     []T
	x        Input[T]
	epilogue Epilogue[T]
	sums     []Sum // of each strip and block
	width    int   // blocks of results in a piece
	images   int   // whose strips are in a piece
}

// run computes y from the source x and packed weights w.
func (p *pass[T]) run(f *kernel.Flushed, y []T, x Input[T], w []T, e Epilogue[T]) {
	j := p.jobs.get()
	*j = passJob[T]{pass: p, flushed: f, y: y, x: x, w: w, epilogue: e, width: p.out.Blocks(), sums: j.sums}
	j.startSums(p.in.N * p.source.strips)
	j.images = p.source.together(p.out.plane(), sizeOf[T]())
	pieces := j.groups() * p.source.strips
	if workers := pool.Workers(); pieces < workers { // each piece copies its source
		j.width = max(1, j.width*pieces/workers)
	}
	pool.Run(pieces*j.across(), j)
	j.endSums()
	*j = passJob[T]{sums: j.sums}
	p.jobs.put(j)
}

// across is the number of pieces with the same pixels.
func (j *passJob[T]) across() int { return (j.out.Blocks() + j.width - 1) / j.width }

// groups is the number of groups of images.
func (j *passJob[T]) groups() int { return (j.in.N + j.images - 1) / j.images }

// Do computes some blocks of results of a strip of an image, or of the strips of a few images.
func (j *passJob[T]) Do(i int) {
	part, at := i%j.across(), i/j.across()
	s := strip[T]{passJob: j, image: at / j.source.strips * j.images, top: at % j.source.strips * j.source.strip}
	s.rows = min(j.source.strip, j.source.count-s.top)
	s.count = min(j.images, j.in.N-s.image)
	b := buffers[T]().get()
	for from, end := part*j.width, min((part+1)*j.width, j.out.Blocks()); from < end; {
		loadAll(&s.sources, j.flushed, &j.source, b, &j.x, s.image, s.count, j.first(from), s.top, s.rows)
		for group := j.grouping.end(from, end); from < group; from += s.width {
			s.from, s.width = from, widest[T](group-from, j.pixels, j.source.depth)
			s.compute()
		}
	}
	buffers[T]().put(b)
}
