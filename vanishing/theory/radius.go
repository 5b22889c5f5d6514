package theory

import (
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/mat"
)

// squarings is the number of times that [SpectralRadius] squares a matrix. The norms of the powers 1024 and 2048 are compared, in which
// even a Jordan block of ten equal eigenvalues, with its factor of 2⁹, makes an error of 0.6 %.
const squarings = 10

// SpectralRadius is the largest absolute value of an eigenvalue of a square matrix of n rows, in row-major order: the factor by which the
// linear recurrence h' = W·h changes, in the long run, at each step. A recurrence whose activation has slopes of at most 1 tends to keep
// less of its gradient (Pascanu et al. 2013). It is found as the growth of the norm of W^k at k = 1024 (Gelfand's formula), to some
// tenths of a percent; it takes 11 products of n by n matrices.
func SpectralRadius(weight []float64, n int) (float64, error) {
	if n < 1 || len(weight) != n*n {
		return 0, errors.Errorf("theory: spectral radius: got %d numbers, want %d for a matrix of %d rows", len(weight), n*n, n)
	}
	power, next := mat.NewDense(n, n, append([]float64(nil), weight...)), mat.NewDense(n, n, nil)
	log := 0.0 // ln of the norm of W^k, where power is W^k over its norm
	normalise := func() (none bool) {
		size := mat.Norm(power, 2)
		if size == 0 || math.IsNaN(size) || math.IsInf(size, 0) {
			log = math.Log(size)
			return true
		}
		log += math.Log(size)
		power.Scale(1/size, power)
		return false
	}
	if normalise() {
		return math.Exp(log), nil
	}
	k, before := 1.0, 0.0
	for range squarings + 1 {
		before = log
		next.Mul(power, power)
		power, next = next, power
		log *= 2
		if k *= 2; normalise() {
			return math.Exp(log), nil // 0 of a nilpotent matrix
		}
	}
	return math.Exp((log - before) / (k / 2)), nil
}
