package op

import (
	"unsafe"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/blocked"
)

// floatsInSum is the number of float32 numbers that take the place of the sums of a block.
const floatsInSum = int(unsafe.Sizeof(blocked.Sum{}) / unsafe.Sizeof(float32(0)))

// sumsShape is the shape of a tensor that holds two sums in float64 for each channel of images.
func sumsShape(s blocked.Shape) tensor.Shape { return tensor.Shape{s.Blocks() * floatsInSum} }

// sumsIn gives the sums that a tensor holds.
func sumsIn(x []float32) []blocked.Sum {
	return unsafe.Slice((*blocked.Sum)(unsafe.Pointer(unsafe.SliceData(x))), len(x)/floatsInSum)
}

// moments is the sums of x and of x² over batch and pixels.
func moments(s blocked.Shape, x Term) Term {
	o := fixed("moments", func(c *call[float32]) error {
		blocked.Moments(c.flushed, sumsIn(c.out), c.in[0], s)
		return nil
	}, sumsShape(s), blocksOf(s))
	o.fixed.part = partMoments
	return o.over(x)
}

// slopes is the sums of dy and of dy·(x - mean).
func slopes(s blocked.Shape, dy, x, mean Term) Term {
	o := fixed("slopes", func(c *call[float32]) error {
		blocked.Slopes(c.flushed, sumsIn(c.out), c.in[1], nil, c.in[0], kept[vectors](c).pad(0, c.in[2], s), s)
		return nil
	}, sumsShape(s), blocksOf(s), blocksOf(s), tensor.Shape{s.C})
	o.fixed.part = partSlopes
	return o.over(dy, x, mean)
}

// perChannel is a function of two sums of each channel and of elements of vectors.
func perChannel(name string, s blocked.Shape, f func(sums [2]float64, v []float64) float64, sums Term, vectors ...Term) Term {
	in := []tensor.Shape{sumsShape(s)}
	for range vectors {
		in = append(in, tensor.Shape{s.C})
	}
	return fixed(name, func(c *call[float32]) error {
		v := c.scratch(len(vectors))
		all := sumsIn(c.in[0])
		for i := range c.out {
			for j := range v {
				v[j] = float64(c.in[1+j][i])
			}
			sum := &all[i/blocked.Block]
			c.out[i] = float32(f([2]float64{sum[0][i%blocked.Block], sum[1][i%blocked.Block]}, v))
		}
		return nil
	}, tensor.Shape{s.C}, in...).over(append([]Term{sums}, vectors...)...)
}

// blocking is the form of an op whose first input is normalised over this axis: batch normalisation of images (batch, channels, height,
// width) has one.
func (a Axis) blocking(form func(o *Op, s blocked.Shape, inputs int) *Blocked) blocking {
	if a != OverImages {
		return nil
	}
	return func(o *Op, in []tensor.Shape) *Blocked {
		if len(in[0]) != 4 {
			return nil
		}
		return form(o, imageShape(in[0]), len(in))
	}
}

// blockedStatistic is the form of a statistic: a function of the mean and the variance of n elements.
func blockedStatistic(f func(mean, variance, n float64) float64) func(o *Op, s blocked.Shape, _ int) *Blocked {
	return func(o *Op, s blocked.Shape, _ int) *Blocked {
		n := float64(s.N * s.H * s.W)
		return &Blocked{Term: perChannel(o.name+" of moments", s, func(sums [2]float64, _ []float64) float64 {
			mean := sums[0] / n
			return f(mean, max(0, sums[1]/n-mean*mean), n)
		}, moments(s, images(0)))}
	}
}

// blockedNormalize is the form of [Normalize].
func blockedNormalize(o *Op, s blocked.Shape, _ int) *Blocked {
	v := tensor.Shape{s.C}
	n := &blockedNorm{shape: s, label: o.name, inputs: []tensor.Shape{blocksOf(s), v, v, v, v}}
	return giveImages(s, n.op().over(images(0), plain(1), plain(2), plain(3), plain(4)))
}

// A blockedNorm is an op that normalises images in blocks, and perhaps adds others and applies ReLU.
type blockedNorm struct {
	shape  blocked.Shape
	label  string
	inputs []tensor.Shape // the images, the mean, 1/deviation, the gain, the shift, and what is added
	add    slot
	relu   bool
}

// op makes the op.
func (n *blockedNorm) op() *Op {
	o := inBlocks(n.label, n.run, blocksOf(n.shape), n.inputs...)
	o.inPlace, o.fixed.norm = []int{0}, n
	if n.add == 0 && !n.relu {
		o.fixed.part = partNormalize
	}
	return o
}

func (n *blockedNorm) run(c *call[float32]) error {
	norm := slot(2).normalization(c, kept[paddedNorm](c), n.shape)
	blocked.Normalize(c.flushed, c.out, c.in[0], *norm, n.add.of(c), n.relu, n.shape)
	return nil
}

// then gives an op that also computes o with the result as input i, or nil if there is none.
func (n *blockedNorm) then(o *Op, i int) *Op {
	if n.relu {
		return nil
	}
	m := *n
	switch o.fixed.part {
	case partAdd:
		if n.add > 0 {
			return nil
		}
		m.inputs = append(n.inputs[:len(n.inputs):len(n.inputs)], o.fixed.others(i)...)
		m.add = slot(len(m.inputs))
	case partReLU:
		m.relu = true
	default:
		return nil
	}
	m.label = n.label + ", " + o.fixed.label
	return m.op()
}

// blockedDGain is the form of the gradient of the gain.
func blockedDGain(_ *Op, s blocked.Shape, _ int) *Blocked {
	return &Blocked{Term: perChannel("gain_gradient", s, func(sums [2]float64, v []float64) float64 { return sums[1] * v[0] },
		slopes(s, images(3), images(0), plain(1)), plain(2))}
}

// blockedSum is the form of a sum over batch and pixels.
func blockedSum(_ *Op, in []tensor.Shape) *Blocked {
	s := imageShape(in[0])
	sum := perChannel("sum_channels", s, func(sums [2]float64, _ []float64) float64 { return sums[0] }, moments(s, images(0)))
	sum.Op.fixed.part = partFirstSum
	return &Blocked{Term: sum}
}

// blockedNormalizeDX is the form of the gradient of the images. The inputs are dy, rstd and gain if the normalisation is frozen, and dy, x,
// mean, rstd, gain, dgain and dshift if it is not.
func blockedNormalizeDX(frozen bool) func(o *Op, s blocked.Shape, inputs int) *Blocked {
	return func(o *Op, s blocked.Shape, inputs int) *Blocked {
		kernel, shapes, args := normalizeDXInBlocks(s), []tensor.Shape{blocksOf(s), blocksOf(s)}, []Term{images(0), images(1)}
		if frozen {
			kernel, shapes, args = frozenDXInBlocks(s), shapes[:1], args[:1]
		}
		for i := len(args); i < inputs; i++ {
			shapes, args = append(shapes, tensor.Shape{s.C}), append(args, plain(i))
		}
		form := inBlocks(o.name, kernel, blocksOf(s), shapes...)
		form.inPlace = o.inPlace
		return giveImages(s, form.over(args...))
	}
}

func normalizeDXInBlocks(s blocked.Shape) func(c *call[float32]) error {
	return func(c *call[float32]) error {
		k := kept[struct {
			vectors
			sums []blocked.Sum
		}](c)
		if k.sums == nil {
			k.sums = make([]blocked.Sum, s.Blocks())
		}
		n := blocked.Normalization[float32]{Mean: k.pad(0, c.in[2], s), RStd: k.pad(1, c.in[3], s), Gain: k.pad(2, c.in[4], s)}
		n.Shift = n.Mean // which the gradient does not read
		for i := range s.C {
			sum := &k.sums[i/blocked.Block]
			sum[0][i%blocked.Block], sum[1][i%blocked.Block] = float64(c.in[6][i]), float64(c.in[5][i])/float64(c.in[3][i])
		}
		blocked.NormalizeGradient(c.flushed, c.out, c.in[1], nil, c.in[0], n, k.sums, s)
		return nil
	}
}

func frozenDXInBlocks(s blocked.Shape) func(c *call[float32]) error {
	return func(c *call[float32]) error {
		v := kept[vectors](c)
		zeros := v.pad(2, nil, s)
		n := blocked.Normalization[float32]{Mean: zeros, RStd: v.pad(0, c.in[1], s), Gain: v.pad(1, c.in[2], s), Shift: zeros}
		blocked.NormalizeGradient(c.flushed, c.out, c.in[0], nil, c.in[0], n, nil, s)
		return nil
	}
}
