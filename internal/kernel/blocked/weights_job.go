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
	places, depth := j.places(), j.forward.source.depth
	square := j.grouping.square(depth)
	b := buffers[T]().get()
	p := weightPart[T]{Conv: j.Conv, to: to, square: square, pitch: j.perResult * places, columns: b.resize(places * square)}
	p.results = min(Block, j.out.C-to*Block)
	for p.from = range j.grouping.from {
		p.channels = min(depth, j.perResult-p.from*depth)
		p.weights = j.w[to*Block*p.pitch+p.from*depth*places:]
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
	for from := range j.grouping.from {
		for place := range j.places() {
			if j.backward.squares[place].phase < 0 {
				continue
			}
			dst := j.packed[j.backward.squareAt(j.grouping.first(to)+from, to%j.grouping.to, place):]
			src := j.w[j.forward.squareAt(to, from, place):]
			if j.grouping.paired {
				copy(dst[:Block], src)
				continue
			}
			kernel.Transpose(dst, j.backward.group*Block, src, j.forward.group*Block, Block, Block)
		}
	}
}

// A weightPart is the weights between a block of output channels and a block or plane of its group's source.
type weightPart[T kernel.Float] struct {
	*Conv[T]
	to, from          int // blocks; the latter within the group
	square            int
	results, channels int
	weights           []T // those of a result lie side by side, channel by channel
	pitch             int // elements from the weights of one result to those of the next
	columns           []T // the transposed weights: 16 results for each channel and place
}

// lanes is the number of results that read the same channels. If they are less than a block, the next ones read the channels after.
func (p *weightPart[T]) lanes() int {
	if p.grouping.paired {
		return Block
	}
	return p.grouping.lanes
}

// pack packs the part.
func (p *weightPart[T]) pack(packed []T) {
	places := p.places()
	if p.results < Block || p.channels < p.square/Block {
		clear(p.columns)
	}
	for i := 0; i < p.results; i += p.lanes() {
		kernel.Transpose(p.columns[i*(places*Block+1):], Block, p.weights[i*p.pitch:], p.pitch, min(p.lanes(), p.results), p.channels*places)
	}
	for i := range places {
		g := grid{n: 1, stride: 1, rows: p.square / Block, dstRow: p.forward.group, aRow: places}
		src := p.columns[i*Block:]
		mapPixels(nil, mapCopy, packed[p.forward.squareAt(p.to, p.from, i):], src, src, src, nil, g)
	}
}

// unpack writes the part's weights from a packed gradient.
func (p *weightPart[T]) unpack(packed []T) {
	places := p.places()
	first := (p.to*p.grouping.from + p.from) * places * p.square
	for i := range places {
		g := grid{n: 1, stride: 1, rows: p.square / Block, dstRow: places, aRow: 1}
		src := packed[first+i*p.square:]
		mapPixels(nil, mapCopy, p.columns[i*Block:], src, src, src, nil, g)
	}
	for i := 0; i < p.results; i += p.lanes() {
		kernel.Transpose(p.weights[i*p.pitch:], p.pitch, p.columns[i*(places*Block+1):], Block, p.channels*places, min(p.lanes(), p.results))
	}
}
