package blocked

import "fmt"

// square is the number of weights between a block of input and a block of output channels at one place.
const square = Block * Block

// square is the number of weights between a block or plane of the source and a block of results at one place.
func (s *source) square() int { return s.depth * Block }

// PackWeights converts the weights w, (k, c, kh, kw), to the order in which [Conv.Forward] reads them.
func (c *Conv[T]) PackWeights(dst, w []T) {
	c.checkWeights(len(w), len(dst))
	c.forward.pack(dst, w, c.in.C*c.places(), c.places())
}

// PackTransposed converts the weights w, (k, c, kh, kw), to the order in which [Conv.InputGradient] reads them.
func (c *Conv[T]) PackTransposed(dst, w []T) {
	c.checkWeights(len(w), len(dst))
	c.backward.pack(dst, w, c.places(), c.in.C*c.places())
}

// UnpackWeights converts a gradient from [Conv.WeightGradient] to the order of the weights, (k, c, kh, kw), in w.
func (c *Conv[T]) UnpackWeights(w, src []T) {
	c.checkWeights(len(w), len(src))
	places, source := c.places(), &c.forward.source
	for k := range c.out.C {
		for ch := range c.in.C {
			from := (k/Block*source.blocks+ch/source.depth)*places*source.square() + ch%source.depth*Block + k%Block
			to := w[(k*c.in.C+ch)*places:][:places]
			for p := range to {
				to[p] = src[from+p*source.square()]
			}
		}
	}
}

func (c *Conv[T]) checkWeights(n, packed int) {
	c.checkPacked(packed)
	if want := c.out.C * c.in.C * c.places(); n != want {
		panic(fmt.Sprintf("blocked: got %d weights, want %d", n, want))
	}
}

// pack writes the weights of a pass. Those of neighbouring results lie byResult elements apart in w, those of neighbouring
// channels of the source bySource.
func (p *pass[T]) pack(dst, w []T, byResult, bySource int) {
	clear(dst)
	for to := range p.out.Blocks() {
		for _, ph := range p.phases {
			for from := range p.source.blocks {
				for i, place := range ph.places {
					at := w[to*Block*byResult+from*p.source.depth*bySource+place:]
					p.packSquare(dst[i%p.group*Block:], at, to, from, byResult, bySource)
					if i%p.group == p.group-1 {
						dst = dst[p.square():]
					}
				}
			}
		}
	}
}

// packSquare writes the weights at one place between a block of the source and one of the results. Those of places that share an
// offset lie beside each other, channel by channel.
func (p *pass[T]) packSquare(dst, w []T, to, from, byResult, bySource int) {
	results := min(Block, p.out.C-to*Block)
	for i := range min(p.source.depth, p.in.C-from*p.source.depth) {
		row := dst[i*p.group*Block:][:results]
		for j := range row {
			row[j] = w[i*bySource+j*byResult]
		}
	}
}
