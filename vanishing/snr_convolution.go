package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/kernel/conv"
)

// A noise compares the gradients of the two halves of a batch.
type noise interface {
	// measure returns the SNR, given the gradient, its L2 norm and its factors x and dz.
	measure(norm float64, gradient gorgonia.Value, inputs []gorgonia.Value) float64
}

// newNoise prepares to measure the weight of a layer; nil for layers of other kinds, and for batches of one sample.
func newNoise(layer *graph.LayerTrace) noise {
	if s := newConvolutionNoise(layer); s != nil {
		return s
	}
	return newDenseNoise(layer)
}

// A convolutionNoise computes the gradient S1 of the first half of the batch, for the weight of a convolution: the difference of the
// halves is 2·S1 - g. As for dense layers the mean of what a window reads is subtracted before, if the dz of each channel sum to zero:
// see [signalToNoise].
type convolutionNoise struct {
	geometry conv.Geometry // of half the batch
	batch    int

	single *halfGradient[float32] // nil unless the values are float32
	double *halfGradient[float64] // nil unless the values are float64
}

func newConvolutionNoise(layer *graph.LayerTrace) *convolutionNoise {
	spec := op.SpecOf(layer.Linear)
	if spec.Kind != op.KindConv {
		return nil
	}
	inputs := op.Operands(layer.Linear)
	x, w := inputs[0].Shape(), inputs[1].Shape()
	if len(x) == 3 { // a sequence is an image of height 1
		x, w = []int{x[0], x[1], 1, x[2]}, []int{w[0], w[1], 1, w[2]}
	}
	if x[0] < 2 {
		return nil
	}
	half := [4]int{x[0] / 2, x[1], x[2], x[3]}
	g, err := conv.New(half, [4]int{w[0], w[1], w[2], w[3]}, conv.Window(spec.Window), spec.Groups)
	if err != nil {
		return nil
	}
	return &convolutionNoise{geometry: g, batch: x[0]}
}

func (s *convolutionNoise) measure(norm float64, gradient gorgonia.Value, inputs []gorgonia.Value) float64 {
	size, least := norm/math.Sqrt(float64(gradient.Shape().TotalSize())), smallestGradient[float64]()
	g32, g64 := elements(gradient)
	x32, x64 := elements(inputs[0])
	z32, z64 := elements(inputs[1])
	var difference float64
	if g32 != nil {
		least = smallestGradient[float32]()
		difference = halvesDifference(s, &s.single, g32, x32, z32)
	} else {
		difference = halvesDifference(s, &s.double, g64, x64, z64)
	}
	if size < least {
		return math.NaN()
	}
	return norm / difference * (norm / difference)
}

// A halfGradient is the memory for the gradient of half a batch.
type halfGradient[T kernel.Float] struct {
	dw       []T
	all, dz  []float64 // sums of dz by channel, over the batch and over its first half
	sum      []float64 // of x over the batch, by channel and pixel
	meanRead []float64 // by input channel and element of the window
}

// halvesDifference is the L2 norm of 2·S1 - g. It allocates its memory in the first call.
func halvesDifference[T kernel.Float](s *convolutionNoise, memory **halfGradient[T], g, x, dz []T) float64 {
	m := *memory
	c := s.geometry
	if m == nil {
		m = &halfGradient[T]{
			dw: make([]T, len(g)), all: make([]float64, c.Out), dz: make([]float64, c.Out), sum: make([]float64, len(x)/s.batch),
			meanRead: make([]float64, c.In*c.Size[0]*c.Size[1]),
		}
		*memory = m
	}
	perImage, perResult := len(x)/s.batch, len(dz)/s.batch
	conv.WeightGradient(nil, c, m.dw, x[:c.Batch*perImage], dz[:c.Batch*perResult])
	balanced := m.sumChannels(c, s.batch, dz)
	if balanced {
		m.readMean(c, s.batch, x)
	}
	window := c.Size[0] * c.Size[1]
	perOutput := len(g) / c.Out
	squares := 0.0
	for i, v := range g {
		half := float64(m.dw[i])
		if balanced {
			out := i / perOutput
			first := out / (c.Out / c.Groups) * (c.In / c.Groups) // input channel of the group
			half -= m.dz[out] * m.meanRead[first*window+i%perOutput]
		}
		d := 2*half - float64(v)
		squares += d * d
	}
	return math.Sqrt(squares)
}

// sumChannels sums dz by channel. It reports whether the sums over the batch are 0 up to rounding: their squares are then some 1e-14 of
// the sum of squares, otherwise of similar size.
func (m *halfGradient[T]) sumChannels(c conv.Geometry, batch int, dz []T) bool {
	clear(m.all)
	pixels, squares, sums := c.Result[0]*c.Result[1], 0.0, 0.0
	for b := range batch {
		if b == c.Batch {
			copy(m.dz, m.all)
		}
		for out := range c.Out {
			for _, v := range dz[(b*c.Out+out)*pixels:][:pixels] {
				m.all[out] += float64(v)
				squares += float64(v) * float64(v)
			}
		}
	}
	for _, v := range m.all {
		sums += v * v
	}
	return sums < 1e-8*squares
}

// readMean is the mean over batch and positions of what each element of the window reads.
func (m *halfGradient[T]) readMean(c conv.Geometry, batch int, x []T) {
	clear(m.sum)
	for i, v := range x {
		m.sum[i%len(m.sum)] += float64(v)
	}
	positions := float64(batch * c.Result[0] * c.Result[1])
	for at := range m.meanRead {
		in, row, col := at/(c.Size[0]*c.Size[1]), at/c.Size[1]%c.Size[0], at%c.Size[1]
		total := 0.0
		for i := range c.Result[0] {
			y := i*c.Stride[0] + row*c.Dilation[0] - c.Padding[0]
			for j := range c.Result[1] {
				if z := j*c.Stride[1] + col*c.Dilation[1] - c.Padding[1]; y >= 0 && y < c.Image[0] && z >= 0 && z < c.Image[1] {
					total += m.sum[(in*c.Image[0]+y)*c.Image[1]+z]
				}
			}
		}
		m.meanRead[at] = total / positions
	}
}
