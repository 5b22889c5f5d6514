package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
)

// A halfProduct measures the ratio of [signalToNoise] from S1 = x₁ᵀ·dz₁ itself, which is half of the product that the gradient is: the
// difference of the halves is 2·S1 - g. This takes less work than the products of all pairs of rows if a batch has many rows, as one of
// sequences has, where each token is a row.
type halfProduct struct {
	denseBatch

	single *halfMemory[float32] // nil unless the values are float32
	double *halfMemory[float64] // nil unless the values are float64
}

// pairsTakeLonger reports whether the products of all pairs of rows take more multiplications than S1.
func (s denseBatch) pairsTakeLonger() bool {
	second := s.batch - s.batch/2
	return second*(s.in+s.out) > s.in*s.out
}

// A halfMemory is reused in each record.
type halfMemory[T kernel.Float] struct {
	difference []T // 2·S1 - g
	first, all []T // column sums of dz, over the first half and over the batch
}

// measure implements noise.
func (s *halfProduct) measure(norm float64, gradient gorgonia.Value, inputs []gorgonia.Value) float64 {
	g32, g64 := elements(gradient)
	x32, x64 := elements(inputs[0])
	z32, z64 := elements(inputs[1])
	least, difference := smallestGradient[float64](), 0.0
	if g32 != nil {
		least, difference = smallestGradient[float32](), differenceOfHalves(&s.denseBatch, &s.single, g32, x32, z32)
	} else {
		difference = differenceOfHalves(&s.denseBatch, &s.double, g64, x64, z64)
	}
	if norm/math.Sqrt(float64(s.in*s.out)) < least {
		return math.NaN()
	}
	return norm / difference * (norm / difference)
}

// differenceOfHalves is the L2 norm of 2·S1 - g. It allocates its memory in the first call.
func differenceOfHalves[T kernel.Float](s *denseBatch, memory **halfMemory[T], g, x, dz []T) float64 {
	if *memory == nil {
		*memory = &halfMemory[T]{make([]T, s.in*s.out), make([]T, s.out), make([]T, s.out)}
	}
	m, first := *memory, s.batch/2
	copy(m.difference, g)
	kernel.Gemm(nil, true, false, s.in, s.out, first, 2, x, s.in, dz, s.out, -1, m.difference, s.out)
	kernel.SumRows(nil, m.all, dz)
	if sumToZero(m.all, dz) {
		kernel.SumRows(nil, m.first, dz[:first*s.out])
		m.subtractMean(s, x)
	}
	return vecnorm.L2(m.difference)
}

// subtractMean subtracts the part of 2·S1 that comes from the mean of the rows x.
func (m *halfMemory[T]) subtractMean(s *denseBatch, x []T) {
	meanOfRows(s, x)
	for k, mean := range s.mean {
		row := m.difference[k*s.out:][:s.out]
		for j, sum := range m.first {
			row[j] -= T(2 * mean * float64(sum))
		}
	}
}
