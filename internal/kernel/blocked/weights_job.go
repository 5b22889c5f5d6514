package blocked

import (
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A conversion is between orders of weights.
type conversion int

const (
	packing     conversion = iota // (k, c, kh, kw) to packed
	unpacking                     // a packed gradient to (k, c, kh, kw)
	transposing                   // packed to packed and transposed
)

// A weightsJob is a conversion of weights on several cores.
type weightsJob[T kernel.Float] struct {
	*Conv[T]
	kind      conversion
	packed, w []T
}

// pack converts between packed weights and w.
func (c *Conv[T]) pack(kind conversion, packed, w []T) {
	j := c.conversions.get()
	*j = weightsJob[T]{c, kind, packed, w}
	pool.Run(c.out.Blocks(), j)
	*j = weightsJob[T]{}
	c.conversions.put(j)
}

// Do converts the weights of a block of output channels.
func (j *weightsJob[T]) Do(to int) {
	if j.kind == transposing {
		j.transpose(to)
		return
	}
	source, places := &j.forward.source, j.places()
	b := buffers[T]().get()
	p := weightPart[T]{Conv: j.Conv, to: to, pitch: j.in.C * places, columns: b.resize(places * source.square())}
	p.results = min(Block, j.out.C-to*Block)
	for p.from = range source.blocks {
		p.channels = min(source.depth, j.in.C-p.from*source.depth)
		p.weights = j.w[to*Block*p.pitch+p.from*source.depth*places:]
		if j.kind == packing {
			p.pack(j.packed)
		} else {
			p.unpack(j.packed)
		}
	}
	buffers[T]().put(b)
}

// transpose converts the packed weights w of a block of output channels.
func (j *weightsJob[T]) transpose(to int) {
	for from := range j.in.Blocks() {
		for place := range j.places() {
			if j.backward.squares[place].phase < 0 {
				continue
			}
			dst, src := j.packed[j.backward.squareAt(from, to, place):], j.w[j.forward.squareAt(to, from, place):]
			kernel.Transpose(dst, j.backward.group*Block, src, j.forward.group*Block, Block, Block)
		}
	}
}

// A weightPart is the weights between a block of output channels and a block or plane of the source.
type weightPart[T kernel.Float] struct {
	*Conv[T]
	to, from          int // blocks
	results, channels int
	weights           []T // those of a result lie side by side, channel by channel
	pitch             int // elements from the weights of one result to those of the next
	columns           []T // the transposed weights: 16 results for each channel and place
}

// pack packs the part.
func (p *weightPart[T]) pack(packed []T) {
	places, square := p.places(), p.forward.source.square()
	if p.results < Block || p.channels < p.forward.source.depth {
		clear(p.columns)
	}
	kernel.Transpose(p.columns, Block, p.weights, p.pitch, p.results, p.channels*places)
	for i := range places {
		g := grid{n: 1, stride: 1, rows: square / Block, dstRow: p.forward.group, aRow: places}
		src := p.columns[i*Block:]
		mapPixels(nil, mapCopy, packed[p.forward.squareAt(p.to, p.from, i):], src, src, src, nil, g)
	}
}

// unpack writes the part's weights from a packed gradient.
func (p *weightPart[T]) unpack(packed []T) {
	places, square := p.places(), p.forward.source.square()
	first := (p.to*p.forward.source.blocks + p.from) * places * square
	for i := range places {
		g := grid{n: 1, stride: 1, rows: square / Block, dstRow: places, aRow: 1}
		src := packed[first+i*square:]
		mapPixels(nil, mapCopy, p.columns[i*Block:], src, src, src, nil, g)
	}
	kernel.Transpose(p.weights, p.pitch, p.columns, Block, p.channels*places, p.results)
}
