package blocked

import "fmt"

// square is the number of weights between a block of input and a block of output channels at one place.
const square = Block * Block

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

// UnpackWeights converts src, in the order of [Conv.PackWeights], to weights (k, c, kh, kw) in w.
func (c *Conv[T]) UnpackWeights(w, src []T) {
	c.checkWeights(len(w), len(src))
	places := c.places()
	for k := range c.out.C {
		for ch := range c.in.C {
			from := (k/Block*c.in.Blocks()+ch/Block)*places*square + ch%Block*Block + k%Block
			to := w[(k*c.in.C+ch)*places:][:places]
			for p := range to {
				to[p] = src[from+p*square]
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
			for from := range p.in.Blocks() {
				for _, place := range ph.places {
					at := w[to*Block*byResult+from*Block*bySource+place:]
					p.packSquare(dst[:square], at, to, from, byResult, bySource)
					dst = dst[square:]
				}
			}
		}
	}
}

// packSquare writes the weights at one place between a block of the source and one of the results.
func (p *pass[T]) packSquare(dst, w []T, to, from, byResult, bySource int) {
	results := min(Block, p.out.C-to*Block)
	for i := range min(Block, p.in.C-from*Block) {
		row := dst[i*Block:][:results]
		for j := range row {
			row[j] = w[i*bySource+j*byResult]
		}
	}
}
