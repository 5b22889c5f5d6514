package initializer

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gorgonia.org/tensor"
)

var _ Initializer = Orthogonal{}

// Orthogonal draws Gain times a random matrix with orthonormal rows or
// columns, whichever are fewer: Saxe et al. 2013. All its singular values are
// Gain, so a deep linear network neither shrinks nor stretches any direction.
// The matrix is uniform over all such matrices (Haar measure). A shape of more
// than two dimensions is taken as (shape[0], product of the others). Gain 0
// means 1.
type Orthogonal struct{ Gain float64 }

func (o Orthogonal) String() string { return gainName("orthogonal", o.Gain, 1) }

// Fill implements Initializer. The fan is not used.
func (o Orthogonal) Fill(dst []float64, shape tensor.Shape, _ Fan, rng *rand.Rand) error {
	gain, err := positiveGain(o.Gain, 1)
	if err != nil {
		return fillError(o, shape, err)
	}
	if len(shape) < 2 {
		return fillError(o, shape, errors.New("want at least two dimensions (give a bias another rule)"))
	}
	if err := checkDraw(dst, shape, rng); err != nil {
		return fillError(o, shape, err)
	}

	rows := shape[0]
	cols := len(dst) / rows
	q := orthonormalColumns(max(rows, cols), min(rows, cols), rng)
	for i := range rows {
		for j := range cols {
			v := q.Data[i*q.Stride+j]
			if rows < cols { // q is the transpose of a wide matrix
				v = q.Data[j*q.Stride+i]
			}
			dst[i*cols+j] = gain * v
		}
	}
	return nil
}

// orthonormalColumns draws an m by n matrix, m >= n, with orthonormal columns:
// the Q of the QR factorisation of a Gaussian matrix. The factorisation is
// unique, and Q thereby uniform, only once the signs of R's diagonal are fixed
// (Mezzadri 2007, How to generate random matrices from the classical compact
// groups, section 5).
func orthonormalColumns(m, n int, rng *rand.Rand) blas64.General {
	a := blas64.General{Rows: m, Cols: n, Stride: n, Data: make([]float64, m*n)}
	for i := range a.Data {
		a.Data[i] = rng.NormFloat64()
	}

	tau := make([]float64, n)
	query := make([]float64, 1)
	lapack64.Geqrf(a, tau, query, -1)
	work := make([]float64, int(query[0]))
	lapack64.Geqrf(a, tau, work, len(work))

	sign := make([]float64, n)
	for j := range sign {
		sign[j] = 1
		if a.Data[j*n+j] < 0 {
			sign[j] = -1
		}
	}

	// Unlike gonum's mat.QR, Orgqr makes only the n columns that are wanted.
	lapack64.Orgqr(a, tau, query, -1)
	work = make([]float64, int(query[0]))
	lapack64.Orgqr(a, tau, work, len(work))
	for i := range a.Data {
		a.Data[i] *= sign[i%n]
	}
	return a
}
