package vanishing

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
)

// A signalToNoise compares the gradients S1 and S2 of the two halves of a batch, for the weight of a dense layer. The gradient is
// g = S1 + S2, and
//
//	SNR = ||g||²/||S1 - S2||² = ||g||²/(||g||² - 4<S1, S2>)
//
// Row b of the batch contributes x_bᵀ·dz_b to the gradient, so
//
//	<S1, S2> = Σ (x_b·x_c)(dz_b·dz_c)   over b in the first half, c in the second
//
// which takes two small matrix products and no further backward pass. Where S1 takes less work than these, see [halfProduct].
//
// If all paths to the loss pass a batch normalisation, the dz of a unit sum to zero over the batch. The mean of the rows x then
// contributes opposite parts to S1 and S2. They cancel in g but would dominate S1 - S2, although they are no noise. So the mean is
// subtracted first, which does not change g.
type signalToNoise struct {
	denseBatch

	centred bool      // whether the mean is subtracted in the current record
	onMean  []float64 // product of each row with the mean; reused

	single *crossProduct[float32] // nil unless the values are float32
	double *crossProduct[float64] // nil unless the values are float64
}

// A denseBatch is a batch of rows x and dz of a dense layer.
type denseBatch struct {
	batch, in, out int

	mean []float64 // of the rows x; reused
}

// newDenseNoise prepares to measure the weight of a dense layer, in the way that takes less work; nil for other layers.
func newDenseNoise(layer *graph.LayerTrace) noise {
	x, z := op.Operands(layer.Linear)[0].Shape(), layer.Linear.Shape()
	if len(x) != 2 || len(z) != 2 || x[0] < 2 {
		return nil
	}
	d := denseBatch{batch: x[0], in: x[1], out: z[1]}
	if d.pairsTakeLonger() {
		return &halfProduct{denseBatch: d}
	}
	return &signalToNoise{denseBatch: d}
}

// measure returns the SNR, given the gradient, its L2 norm and its factors x and dz. It returns NaN if the gradient is so small that its
// elements have lost digits.
func (s *signalToNoise) measure(norm float64, _ gorgonia.Value, inputs []gorgonia.Value) float64 {
	x32, x64 := elements(inputs[0])
	z32, z64 := elements(inputs[1])
	least, size := smallestGradient[float64](), norm/math.Sqrt(float64(s.in*s.out))
	var cross float64
	var exponent int
	if x32 != nil {
		cross, exponent = halvesProduct(s, &s.single, x32, z32)
		least = smallestGradient[float32]()
	} else {
		cross, exponent = halvesProduct(s, &s.double, x64, z64)
	}
	if size < least {
		return math.NaN()
	}
	norm = math.Ldexp(norm, -exponent)
	all := norm * norm
	return all / max(0, all-4*cross)
}

// smallestGradient is the root mean square above which elements that are subnormal or flushed to zero are negligible.
func smallestGradient[T kernel.Float]() float64 {
	if _, single := any(T(0)).(float32); single {
		return 0x1p-116 // 2^10 times the smallest normal number
	}
	return 0x1p-1012
}

// A crossProduct computes <S1, S2> on several cores. Each part combines some rows of the first half with all rows of the second.
type crossProduct[T kernel.Float] struct {
	*signalToNoise
	x, dz       []T
	scaled      [2][]T              // x and dz, scaled if their products would leave the range of T; reused
	square      float64             // of the mean of the rows x; 0 if they are not centred
	rows, grads []T                 // products of the rows of x and of the rows of dz
	sums        []T                 // column sums of dz
	parts       [crossParts]float64 // sums by part
}

const crossParts = 4

// halvesProduct computes <S1, S2>/4^exponent. It allocates its memory in the first call.
func halvesProduct[T kernel.Float](s *signalToNoise, memory **crossProduct[T], x, dz []T) (sum float64, exponent int) {
	c := *memory
	if c == nil {
		first := s.batch / 2
		n := first * (s.batch - first)
		c = &crossProduct[T]{signalToNoise: s, rows: make([]T, n), grads: make([]T, n), sums: make([]T, s.out)}
		*memory = c
	}
	var ofX, ofDZ int
	c.x, ofX = inRange(&c.scaled[0], x)
	c.dz, ofDZ = inRange(&c.scaled[1], dz)
	kernel.SumRows(nil, c.sums, c.dz)
	c.centred = sumToZero(c.sums, c.dz)
	c.square = centre(s, c.x)
	pool.Run(crossParts, c)
	c.x, c.dz = nil, nil
	for _, part := range c.parts {
		sum += part
	}
	return sum, ofX + ofDZ
}

// inRange returns x/2^exponent, such that products of its elements stay in the range of T. The exponent is 0 if x needs no
// scaling.
func inRange[T kernel.Float](memory *[]T, x []T) (scaled []T, exponent int) {
	rms := vecnorm.RMS(x)
	if 0x1p-40 <= rms && rms <= 0x1p40 || rms == 0 || math.IsNaN(rms) || math.IsInf(rms, 0) {
		return x, 0
	}
	_, exponent = math.Frexp(rms)
	exponent = max(exponent, -1000) // keeps the factor in the range of float64
	factor := math.Ldexp(1, -exponent)
	scaled = slices.Grow((*memory)[:0], len(x))[:len(x)]
	for i, v := range x {
		scaled[i] = T(float64(v) * factor)
	}
	*memory = scaled
	return scaled, exponent
}

// sumToZero reports whether column sums of dz are zero up to rounding. Their squares are then about 1e-14 of the sum of squares of dz;
// otherwise the two are of similar size.
func sumToZero[T kernel.Float](sums, dz []T) bool {
	return kernel.SumSquares(sums) < 1e-8*kernel.SumSquares(dz)
}

// Do computes a part.
func (c *crossProduct[T]) Do(part int) {
	first := c.batch / 2
	second := c.batch - first
	from, to := part*first/crossParts, (part+1)*first/crossParts
	if c.parts[part] = 0; from == to {
		return
	}
	rows, grads := c.rows[from*second:to*second], c.grads[from*second:to*second]
	kernel.Gemm(nil, false, true, to-from, second, c.in, 1, c.x[from*c.in:], c.in, c.x[first*c.in:], c.in, 0, rows, second)
	kernel.Gemm(nil, false, true, to-from, second, c.out, 1, c.dz[from*c.out:], c.out, c.dz[first*c.out:], c.out, 0, grads, second)
	sum := 0.0
	for i, v := range rows {
		product := float64(v)
		if c.centred {
			product += c.square - c.onMean[from+i/second] - c.onMean[first+i%second]
		}
		sum += product * float64(grads[i])
	}
	c.parts[part] = sum
}

// centre computes the mean of the rows and the product of each row with it, and returns the square of the mean. It returns 0 if
// the rows are not centred.
func centre[T kernel.Float](s *signalToNoise, x []T) (square float64) {
	if !s.centred {
		return 0
	}
	if s.onMean == nil {
		s.onMean = make([]float64, s.batch)
	}
	meanOfRows(&s.denseBatch, x)
	for b := range s.batch {
		sum := 0.0
		for k, v := range x[b*s.in : (b+1)*s.in] {
			sum += float64(v) * s.mean[k]
		}
		s.onMean[b] = sum
	}
	for _, m := range s.mean {
		square += m * m
	}
	return square
}

// meanOfRows computes the mean of the rows.
func meanOfRows[T kernel.Float](s *denseBatch, x []T) {
	if s.mean == nil {
		s.mean = make([]float64, s.in)
	}
	clear(s.mean)
	for b := range s.batch {
		for k, v := range x[b*s.in : (b+1)*s.in] {
			s.mean[k] += float64(v)
		}
	}
	for k := range s.mean {
		s.mean[k] /= float64(s.batch)
	}
}
