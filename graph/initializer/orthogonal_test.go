package initializer_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
)

// wantOrthonormal fails unless the rows or the columns, whichever are fewer,
// are orthogonal and of length gain. The tolerance is that of Householder QR,
// a few times the order of the matrix times 1e-16, with room.
func wantOrthonormal(t *testing.T, w []float64, rows, cols int, gain float64) {
	t.Helper()
	q := mat.NewDense(rows, cols, w)
	var gram mat.Dense
	if rows < cols {
		gram.Mul(q, q.T())
	} else {
		gram.Mul(q.T(), q)
	}
	n := min(rows, cols)
	for i := range n {
		for j := range n {
			want := 0.0
			if i == j {
				want = gain * gain
			}
			if d := math.Abs(gram.At(i, j) - want); !(d <= 1e-12*gain*gain) {
				t.Fatalf("%d by %d: element (%d, %d) of the Gram matrix has an error of %v", rows, cols, i, j, d)
			}
		}
	}
}

func TestOrthogonal(t *testing.T) {
	for _, shape := range [][2]int{{1, 1}, {5, 5}, {64, 64}, {300, 300}, {784, 30}, {30, 784}, {1, 9}, {9, 1}} {
		wantOrthonormal(t, fill(t, initializer.Orthogonal{}, 2, shape[0], shape[1]), shape[0], shape[1], 1)
		wantOrthonormal(t, fill(t, initializer.Orthogonal{Gain: 1.5}, 2, shape[0], shape[1]), shape[0], shape[1], 1.5)
	}
}

// The factorisation A = Q R of the Gaussian matrix A, drawn row by row, is
// unique once R has a positive diagonal. So it is enough to see that
// R = Q^T A is upper triangular and has one.
func TestOrthogonalIsQOfPositiveR(t *testing.T) {
	const m, n = 50, 20
	rng := seeded(2)
	a := mat.NewDense(m, n, nil)
	for i := range m {
		for j := range n {
			a.Set(i, j, rng.NormFloat64())
		}
	}

	tall := mat.NewDense(m, n, fill(t, initializer.Orthogonal{}, 2, m, n))
	var r mat.Dense
	r.Mul(tall.T(), a)
	for i := range n {
		if r.At(i, i) <= 0 {
			t.Errorf("R[%d][%d] is %v, want a positive number", i, i, r.At(i, i))
		}
		for j := range i {
			if d := math.Abs(r.At(i, j)); d > 1e-12 { // |A| times Q's tolerance
				t.Errorf("R[%d][%d] is %v, want 0", i, j, d)
			}
		}
	}

	wide := mat.NewDense(n, m, fill(t, initializer.Orthogonal{}, 2, n, m))
	if !mat.Equal(wide.T(), tall) {
		t.Error("the wide matrix is not the transpose of the tall one")
	}
}

// A filter of shape (out, in, height, width) is a matrix of out rows.
func TestOrthogonalOfFilter(t *testing.T) {
	wantOrthonormal(t, fill(t, initializer.Orthogonal{}, 2, 8, 3, 5, 5), 8, 75, 1)
	wantOrthonormal(t, fill(t, initializer.Orthogonal{}, 2, 20, 2, 3), 20, 6, 1)
}

// Under the Haar measure on O(4) the trace has mean 0, variance 1 and fourth
// moment 3 (Diaconis and Shahshahani 1994). A QR factorisation without the fix
// of the signs has a mean far below 0.
func TestOrthogonalIsUniform(t *testing.T) {
	const n = 4
	rng := seeded(11)
	w := make([]float64, n*n)
	traces := make([]float64, 20000)
	for k := range traces {
		if err := (initializer.Orthogonal{}).Fill(w, tensor.Shape{n, n}, initializer.Fan{}, rng); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			traces[k] += w[i*n+i]
		}
	}
	wantMoments(t, traces, 0, 1, 3)
}

// On the circle all directions are alike: for columns of two rows each element
// has mean 0, mean square 1/2 and mean fourth power 3/8.
func TestOrthogonalColumnIsUniform(t *testing.T) {
	for _, shape := range []tensor.Shape{{2, 1}, {1, 2}} {
		rng := seeded(12)
		var w [2]float64
		first := make([]float64, 20000)
		for k := range first {
			if err := (initializer.Orthogonal{}).Fill(w[:], shape, initializer.Fan{}, rng); err != nil {
				t.Fatal(err)
			}
			first[k] = w[0]
		}
		wantMoments(t, first, 0, 0.5, 1.5)
	}
}

func TestOrthogonalOnAnyNumberOfCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := fill(t, initializer.Orthogonal{}, 6, 300, 200)
	runtime.GOMAXPROCS(4)
	if !slices.Equal(one, fill(t, initializer.Orthogonal{}, 6, 300, 200)) {
		t.Error("one core and four cores give different numbers")
	}
}

// A source without randomness makes a matrix of rank 1.
func TestOrthogonalOfDegenerateSource(t *testing.T) {
	w := make([]float64, 9)
	if err := (initializer.Orthogonal{}).Fill(w, tensor.Shape{3, 3}, initializer.Fan{}, rand.New(constantSource{})); err != nil {
		t.Fatal(err)
	}
	wantOrthonormal(t, w, 3, 3, 1)
}

type constantSource struct{}

func (constantSource) Uint64() uint64 { return 1 << 40 }

func TestOrthogonalErrors(t *testing.T) {
	err := initializer.Orthogonal{}.Fill(make([]float64, 3), tensor.Shape{3}, initializer.Fan{}, seeded(1))
	wantError(t, err, "initializer: orthogonal(gain=1) for shape (3): want at least two dimensions")
}

func ExampleOrthogonal() {
	w := make([]float64, 4)
	err := initializer.Orthogonal{}.Fill(w, tensor.Shape{2, 2}, initializer.Fan{}, rand.New(rand.NewPCG(1, 0)))
	if err != nil {
		fmt.Println(err)
		return
	}
	determinant := w[0]*w[3] - w[1]*w[2]
	fmt.Printf("|det W| = %.6f\n", math.Abs(determinant))
	// Output: |det W| = 1.000000
}
