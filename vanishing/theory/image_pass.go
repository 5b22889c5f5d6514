package theory

import (
	"math"

	"github.com/pkg/errors"
)

// An imagePass is a [pass] through a network of convolutions. In a wide layer the pre-activations of one channel are Gaussian over all
// pixels of the batch, and the channels alike. A convolution adds, for a pair of pixels, the products of the pairs that its window
// reads at the same offset (Xiao et al. 2018). So mean squares are followed position by position, with the zeros beyond the border, and
// the cosines of pairs by their offset, as if they were the same all over the image. Batch normalisation and the spread over
// initialisations take the pixels of the batch as samples.
type imagePass struct {
	*pass
	inverse     float64 // 1 over the batch
	tape        []func(fieldGradient) fieldGradient
	correlators map[grid]*correlator
}

// [LayerPrediction.Margin] relative to Beta. Without batch normalisation it is that of the median network, with it that of the worst,
// with strides.
const margin, batchNormedMargin = 0.15, 0.6

// residualSway is [LayerPrediction.Sway] relative to Beta in residual networks without normalisation, whose samples are more alike in each
// block. It was measured on 288
// networks of 4 to 16 blocks of 8 to 32 channels: the spread is 1.2 to 1.7 of that by Beta alone, and from 16 narrow blocks on the
// mean is off as well.
const residualSway = 1

func (p *imagePass) back(step func(fieldGradient) fieldGradient) { p.tape = append(p.tape, step) }

func (p *imagePass) on(g grid) *correlator {
	if p.correlators[g] == nil {
		p.correlators[g] = newCorrelator(g)
	}
	return p.correlators[g]
}

// mix is the average over images, where each pixel is paired with those of all images.
func (p *imagePass) mix(c cosines) []float64 {
	to := make([]float64, len(c[same]))
	for d := range to {
		to[d] = p.inverse*c[same][d] + (1-p.inverse)*c[other][d]
	}
	return to
}

// overPairs is the average over all pairs of pixels of the batch, weighted by the product of the weights of their positions.
func (p *imagePass) overPairs(g grid, weights []float64, f func(kind, d int) float64) float64 {
	total := average(weights) * float64(len(weights))
	if total == 0 {
		return 0
	}
	sum := 0.0
	for d, a := range p.on(g).auto(weights) {
		sum += a * (p.inverse*f(same, d) + (1-p.inverse)*f(other, d))
	}
	return sum / (total * total)
}

// run makes the forward and the backward pass.
func (p *imagePass) run() error {
	s, err := p.net.field()
	if err != nil {
		return err
	}
	block, last := 0, len(p.net.Layers)-1
	for i := 0; i <= last; i++ {
		if block < len(p.net.Blocks) && p.net.Blocks[block].First == i {
			i = p.net.Blocks[block].Last
			s, err = p.block(block, s)
			block++
		} else if s, err = p.enter(i, s); err == nil {
			s, err = p.into(i, s)
		}
		if err == nil && i < last {
			s, err = p.outOf(i, s)
		}
		if err != nil {
			return errors.Wrapf(err, "theory: %s", p.net.title(i))
		}
	}
	p.observe(last, s)
	p.rewind(p.tape, p.top(s))
	return nil
}

// top is the gradient at the last layer. The images' gradients are the same at all positions.
func (p *imagePass) top(s field) fieldGradient {
	c := p.net.TopCosine
	like := p.net.TopOverlap
	if like == 0 {
		like = c*c + (1-c*c)/float64(s.channels)
	}
	n := s.offsets()
	return fieldGradient{
		g: filled(s.size(), 1), cos: cosines{filled(n, 1), filled(n, c)}, extra: cosines{filled(n, 0), filled(n, max(0, like-c*c))},
	}
}

// rewind applies the steps of a tape in reverse order.
func (p *imagePass) rewind(tape []func(fieldGradient) fieldGradient, g fieldGradient) fieldGradient {
	for i := len(tape) - 1; i >= 0; i-- {
		g = tape[i](g)
	}
	return g
}

// enter passes a signal through what comes before the linear map of layer i.
func (p *imagePass) enter(i int, s field) (field, error) {
	s, err := p.normalize(p.net.Layers[i].PreNorm, s)
	if err != nil {
		return s, err
	}
	return p.activate(p.net.Layers[i].PreActivation, s)
}

// into passes a signal through the linear map of layer i to the pre-activation, without the sum with a skip.
func (p *imagePass) into(i int, s field) (field, error) {
	l := p.net.Layers[i]
	if l.Pooled {
		s = p.pool(s)
	}
	s, err := p.linear(i, s)
	if err != nil {
		return s, err
	}
	if s, err = p.normalize(l.Norm, s); err != nil {
		return s, err
	}
	if l.ZeroGain {
		p.back(func(g fieldGradient) fieldGradient { return g.scaled(0) })
		s.q, s.normed = filled(s.size(), 0), false
	}
	return s, nil
}

// outOf passes a signal from the pre-activation of layer i to its output.
func (p *imagePass) outOf(i int, s field) (field, error) {
	l := p.net.Layers[i]
	if factor := l.SumScale; factor != 0 {
		s.q = scaledBy(s.q, factor*factor)
		p.back(func(g fieldGradient) fieldGradient { return g.scaled(factor * factor) })
	}
	s, err := p.normalize(l.SumNorm, s)
	if err != nil {
		return s, err
	}
	p.observe(i, s)
	s, err = p.activate(l.Activation, s)
	if err == nil && l.PostNorm != NoNorm {
		err = errors.Wrap(ErrNoTheory, "normalisation of images after an activation")
	}
	return s, err
}

// observe records signal and gradient at the pre-activation of layer i.
func (p *imagePass) observe(i int, s field) {
	p.layers[i].Q = average(s.q)
	p.back(func(g fieldGradient) fieldGradient {
		p.layers[i].LogDelta = g.log + math.Log(average(g.g))
		p.layers[i].Beta = g.beta
		p.layers[i].Lift, p.layers[i].Sway = p.ofExcess(g.excess)
		p.layers[i].Margin = margin * g.beta
		switch {
		case p.net.batchNormed():
			p.layers[i].Margin = batchNormedMargin * g.beta
		case len(p.net.Blocks) > 0:
			p.layers[i].Sway += residualSway * g.beta
		}
		return g
	})
}

// pool passes a signal through the mean over all positions.
func (p *imagePass) pool(s field) field {
	if s.size() == 1 {
		return s
	}
	in := s.grid
	products := p.on(in).auto(roots(s.q))
	n := float64(in.size())
	sums := [2]float64{}
	for d, a := range products {
		for kind := range sums {
			sums[kind] += a * s.cos[kind][d] / (n * n)
		}
	}
	p.back(func(g fieldGradient) fieldGradient {
		spread := func(of cosines) cosines {
			return cosines{filled(in.offsets(), of[same][0]), filled(in.offsets(), of[other][0])}
		}
		g.g, g.cos, g.extra = filled(in.size(), g.g[0]/(n*n)), spread(g.cos), spread(g.extra)
		g.radial = nil
		return g.independent().level()
	})
	to := field{grid: grid{1, 1}, channels: s.channels, law: unknown, q: []float64{sums[same]}, cos: cosines{{1}, {clip(over(sums[other], sums[same]))}}}
	if s.mean != nil {
		to.mean = []float64{average(s.mean)}
	}
	return to
}
