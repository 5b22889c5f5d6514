package theory

import (
	"math"

	"github.com/pkg/errors"
)

// linear passes a signal through a convolution or a fully connected layer.
func (p *imagePass) linear(i int, s field) (field, error) {
	l := p.net.Layers[i]
	w := whole(s.grid)
	if l.Window != nil {
		w = *l.Window
	} else if l.In != s.channels*s.size() {
		return s, errors.Errorf("got %d features, want %d: those of %d by %d pixels (or set Pooled)", l.In, s.channels*s.size(), s.h, s.w)
	}
	k := kernel{window: w, in: s.grid, out: w.out(s.grid), orthogonal: l.Orthogonal, standardized: l.Standardized, width: float64(s.channels)}
	if k.out.h < 1 || k.out.w < 1 {
		return s, errors.Errorf("got a window of %v for %d by %d pixels, want a smaller one", w.Size, s.h, s.w)
	}
	if err := p.checkOrthogonal(i); err != nil {
		return s, err
	}
	perTap := l.WeightVar * float64(w.area()) / float64(len(w.taps()))
	k.forward, k.backward = float64(s.channels)*perTap, float64(l.Out)*perTap
	to := p.convolve(k, s, l.BiasVar, l.Out)
	p.back(func(g fieldGradient) fieldGradient {
		p.observeWeights(i, k, s, g)
		return p.convolveBack(k, g, s)
	})
	return to, nil
}

// A kernel is a random linear map between two grids: each tap multiplies the mean square by forward, and the squared gradient by
// backward.
type kernel struct {
	window                   Window
	in, out                  grid
	forward, backward        float64
	width                    float64 // channels of the input
	orthogonal, standardized bool
}

// read gives, for a tap, the numbers of the input that the positions of the output read; 0 beyond the border.
func (k kernel) read(x []float64, tap [2]int) []float64 {
	to := make([]float64, k.out.size())
	k.window.visit(k.in, k.out, tap, func(from, at int) { to[at] = x[from] })
	return to
}

// convolve is the signal after the map, with biases of the given variance.
func (p *imagePass) convolve(k kernel, s field, biasVar float64, channels int) field {
	n := k.out.size()
	to := field{grid: k.out, channels: channels, law: normal, q: filled(n, biasVar)}
	on := p.on(k.out)
	size, means := roots(s.q), make([]float64, n)
	var reads [][]float64
	for _, tap := range k.window.taps() {
		read := k.read(size, tap)
		for i, v := range read {
			to.q[i] += k.forward * v * v
		}
		reads = append(reads, read)
		if k.standardized && s.mean != nil {
			addTo(means, k.read(s.mean, tap), 1)
		}
	}
	// The weights of each output sum to zero: the mean of what they read counts for nothing.
	centre := make([]float64, k.out.offsets())
	if k.standardized && s.mean != nil {
		area := float64(k.window.area())
		for i, m := range means {
			to.q[i] = max(0, to.q[i]-k.forward*m*m/area)
		}
		addTo(centre, on.auto(means), 1/area)
	}
	products := on.auto(reads...)
	pairs, all := on.auto(filled(n, 1)), on.auto(roots(to.q))
	for kind := range to.cos {
		to.cos[kind] = make([]float64, k.out.offsets())
		for d := range products {
			at := k.window.strided(k.in, k.out, d)
			if at < 0 {
				continue
			}
			product := k.forward*(products[d]*s.cos[kind][at]-centre[d]) + pairs[d]*biasVar
			to.cos[kind][d] = clip(over(product, all[d]))
		}
	}
	return to
}

func addTo(to, x []float64, by float64) {
	for i, v := range x {
		to[i] += by * v
	}
}

// convolveBack passes a gradient through the transposed map. The weights of different taps are independent, so the products at two
// positions of the input come from two of the output at the same offset. The variance of what a position receives counts by what the
// first layer receives from there: near a border the less, as much as the signal s from the input does.
func (p *imagePass) convolveBack(k kernel, g fieldGradient, s field) fieldGradient {
	to := fieldGradient{log: g.log, beta: g.beta, excess: g.excess, g: make([]float64, k.in.size()), radial: k.radialBack(g.radial), centred: k.standardized || g.centred}
	to.fresh = to.radial
	on := p.on(k.out)
	size := roots(g.g)
	var reached [][]float64
	for _, tap := range k.window.taps() {
		inside := make([]float64, k.out.size())
		k.window.visit(k.in, k.out, tap, func(from, at int) {
			inside[at] = size[at]
			to.g[from] += k.backward * g.g[at]
		})
		reached = append(reached, inside)
	}
	products := scaledBy(on.auto(reached...), k.backward)
	all := p.on(k.in).auto(roots(to.g))
	kept := k.overlap(g.cos[same], func(c float64) float64 { return c * c })
	for kind := range to.cos {
		to.cos[kind], to.extra[kind] = make([]float64, k.in.offsets()), make([]float64, k.in.offsets())
		for d, product := range products {
			if at := k.window.strided(k.in, k.out, d); at >= 0 {
				to.cos[kind][at] = clip(over(product*g.cos[kind][d], all[at]))
				to.extra[kind][at] = kept * g.extra[kind][d] // chance is averaged over the window
			}
		}
	}
	if k.standardized {
		// The weights of an output sum to zero, so where the gradients in a window are alike that of the input has no mean over channels.
		to.g = scaledBy(to.g, 1-k.overlap(g.cos[same], func(c float64) float64 { return c })/k.width)
	}
	if !k.orthogonal {
		// Given the gradient above, that of each channel is Gaussian over the pixels: its squared length varies with the squares of the
		// cosines, and two channels' products by chance.
		to.beta += 2 / k.width * p.overPairs(k.in, product(to.g, s.q), to.like)
		for kind := range to.cos {
			for d := range to.extra[kind] {
				to.extra[kind][d] += (1 - to.like(kind, d)) / k.width
			}
		}
	}
	return to.level()
}

// overlap is the mean of a function of the cosine of the gradients at two positions that one window reads.
func (k kernel) overlap(cos []float64, f func(c float64) float64) float64 {
	taps, sum := k.window.taps(), 0.0
	for _, a := range taps {
		for _, b := range taps {
			dy, dx := a[0]-b[0], a[1]-b[1]
			if dy > -k.out.h && dy < k.out.h && dx > -k.out.w && dx < k.out.w {
				sum += f(cos[k.out.index(dy, dx)])
			}
		}
	}
	return sum / float64(len(taps)*len(taps))
}

// observeWeights records the gradients of weight and bias. ‖dW‖² is the sum over taps and pairs of pixels of (δ·δ')(x·x').
func (p *imagePass) observeWeights(i int, k kernel, s field, g fieldGradient) {
	b, l := p.batch, p.net.Layers[i]
	if math.IsInf(b, 1) || k.standardized {
		p.layers[i].LogWeightGrad, p.layers[i].LogBiasGrad = math.NaN(), math.NaN()
		return
	}
	gradient, size := roots(g.g), roots(s.q)
	var both [][]float64
	for i := range k.window.Size[0] {
		for j := range k.window.Size[1] {
			both = append(both, product(k.read(size, [2]int{i, j}), gradient))
		}
	}
	on := p.on(k.out)
	weight, bias := 0.0, 0.0
	pairs := on.auto(gradient)
	for d, v := range on.auto(both...) {
		ofImage, ofTwo := b*g.cos[same][d], b*(b-1)*g.cos[other][d]
		bias += pairs[d] * (ofImage + ofTwo)
		if at := k.window.strided(k.in, k.out, d); at >= 0 {
			weight += v * (ofImage*s.cos[same][at] + ofTwo*s.cos[other][at])
		}
	}
	if bias < 1e-9*b*average(g.g) { // before a batch normalisation gradients sum to zero up to rounding
		bias = 0
	}
	p.layers[i].LogWeightGrad = g.log + math.Log(max(0, weight)*float64(s.channels)*float64(l.Out))
	p.layers[i].LogBiasGrad = g.log + math.Log(bias*float64(l.Out))
}

// checkOrthogonal is an error for orthogonal weights in a network where the sizes of single pixels matter: such weights keep their
// differences, which other windows average.
func (p *imagePass) checkOrthogonal(i int) error {
	l := p.net.Layers[i]
	if !l.Orthogonal {
		return nil
	}
	if p.net.batchNormed() {
		return errors.Wrap(ErrNoTheory, "orthogonal weights with batch normalisation, as they keep the differences in size between pixels")
	}
	for _, phi := range []Activation{l.PreActivation, l.Activation} {
		if !p.of(phi).piecewiseLinear() {
			return errors.Wrap(ErrNoTheory, "orthogonal weights with a curved activation, as they keep the differences in size between pixels")
		}
	}
	return nil
}
