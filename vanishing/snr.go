package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/blas"
)

// A signalToNoise compares the gradients of a batch's two halves, for the weight of a dense layer. Row b of the batch adds
// x_bᵀ·dz_b to the gradient, so that the product of the two halves' gradients is
//
//	<S1, S2> = Σ (x_b·x_c)(dz_b·dz_c)   over b in the first half, c in the second
//
// and takes two small products of matrices, not one more pass back. With S1 + S2 = g, the gradient,
// SNR = ||g||²/||S1 - S2||² = ||g||²/(||g||² - 4<S1, S2>).
//
// Batch normalisation behind the map makes the dz of a unit sum to zero over the batch. Of what all x have in common the halves
// then get opposite parts, which say nothing of noise and would hide all else: x is taken from its mean, which leaves g as it is.
type signalToNoise struct {
	batch, in, out int

	centred bool
	mean    []float64 // of the rows x; reused
	along   []float64 // products of each row with it

	single [2][]float32 // products of the rows; reused
	double [2][]float64
}

func newSignalToNoise(layer *graph.LayerTrace) *signalToNoise {
	x, z := graph.Children(layer.Linear)[0].Shape(), layer.Linear.Shape()
	if len(x) != 2 || len(z) != 2 || x[0] < 2 {
		return nil
	}
	s := &signalToNoise{batch: x[0], in: x[1], out: z[1], centred: layer.Norm == graph.BN}
	if s.centred {
		s.mean, s.along = make([]float64, s.in), make([]float64, s.batch)
	}
	return s
}

// measure takes the L2 norm of the gradient and what it was computed from: x and dz.
func (s *signalToNoise) measure(norm float64, inputs []gorgonia.Value) float64 {
	if s == nil || len(inputs) != 2 {
		return math.NaN()
	}
	x32, x64 := elements(inputs[0])
	z32, z64 := elements(inputs[1])
	var cross float64
	if x32 != nil {
		cross = crossProduct(s, &s.single, x32, z32)
	} else {
		cross = crossProduct(s, &s.double, x64, z64)
	}
	all := norm * norm
	return all / max(0, all-4*cross)
}

// crossProduct is <S1, S2>.
func crossProduct[T float](s *signalToNoise, buffers *[2][]T, x, dz []T) float64 {
	first := s.batch / 2
	second := s.batch - first
	for i := range buffers {
		if buffers[i] == nil {
			buffers[i] = make([]T, first*second)
		}
	}
	rows, grads := buffers[0], buffers[1]
	blas.Gemm(false, true, first, second, s.in, 1, x, s.in, x[first*s.in:], s.in, 0, rows, second)
	blas.Gemm(false, true, first, second, s.out, 1, dz, s.out, dz[first*s.out:], s.out, 0, grads, second)
	square := centre(s, x)
	sum := 0.0
	for i, v := range rows {
		product := float64(v)
		if s.centred {
			product += square - s.along[i/second] - s.along[first+i%second]
		}
		sum += product * float64(grads[i])
	}
	return sum
}

// centre finds the mean of the rows and their products with it, and gives its square, if rows are to be centred.
func centre[T float](s *signalToNoise, x []T) (square float64) {
	if !s.centred {
		return 0
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
	for b := range s.batch {
		sum := 0.0
		for k, v := range x[b*s.in : (b+1)*s.in] {
			sum += float64(v) * s.mean[k]
		}
		s.along[b] = sum
	}
	for _, m := range s.mean {
		square += m * m
	}
	return square
}
