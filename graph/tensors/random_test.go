package tensors_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/internal/graphtest"
	"github.com/gradflow/gradflow/graph/tensors"
)

type randomConstructor func(tensor.Dtype, *rand.Rand, ...int) (*tensor.Dense, error)

func draw(t *testing.T, make randomConstructor, dt tensor.Dtype, rng *rand.Rand, shape ...int) *tensor.Dense {
	t.Helper()
	x, err := make(dt, rng, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestRandomMoments(t *testing.T) {
	uniform := draw(t, tensors.Rand, tensor.Float64, seeded(1), 100, 1000).Data().([]float64)
	wantMoments(t, uniform, 0.5, 1./12, 9./5)
	if low, high := slices.Min(uniform), slices.Max(uniform); low < 0 || high >= 1 {
		t.Errorf("uniform numbers reach from %v to %v, want [0, 1)", low, high)
	}
	wantMoments(t, draw(t, tensors.Randn, tensor.Float64, seeded(1), 100, 1000).Data().([]float64), 0, 1, 3)
}

func TestRandomIsSeeded(t *testing.T) {
	for _, f := range []randomConstructor{tensors.Rand, tensors.Randn} {
		a := draw(t, f, tensor.Float64, seeded(7), 3, 4).Data().([]float64)
		b := draw(t, f, tensor.Float64, seeded(7), 12).Data().([]float64)
		if !slices.Equal(a, b) {
			t.Errorf("same seed, different numbers: %v and %v", a, b)
		}
		if c := draw(t, f, tensor.Float64, seeded(8), 3, 4).Data().([]float64); slices.Equal(a, c) {
			t.Error("seeds 7 and 8 give the same numbers")
		}
		for i, v := range draw(t, f, tensor.Float32, seeded(7), 3, 4).Data().([]float32) {
			if v != float32(a[i]) {
				t.Errorf("element %d is %v in Float32, but %v in Float64", i, v, a[i])
			}
		}
	}
}

func TestRandStaysBelowOne(t *testing.T) {
	single := draw(t, tensors.Rand, tensor.Float32, rand.New(graphtest.AllOnes{}), 1).Data().([]float32)[0]
	if want := math.Nextafter32(1, 0); single != want {
		t.Errorf("largest Float32 is %v, want %v", single, want)
	}
	double := draw(t, tensors.Rand, tensor.Float64, rand.New(graphtest.AllOnes{}), 1).Data().([]float64)[0]
	if want := math.Nextafter(1, 0); double != want {
		t.Errorf("largest Float64 is %v, want %v", double, want)
	}
}

func TestRandomErrors(t *testing.T) {
	_, err := tensors.Rand(tensor.Float64, nil, 2)
	wantError(t, err, "tensors: Rand: rng is nil")
	_, err = tensors.Randn(tensor.Float64, nil, 2)
	wantError(t, err, "tensors: Randn: rng is nil")
	_, err = tensors.Rand(tensor.Float64, seeded(1), 2, -1)
	wantError(t, err, "tensors: Rand: ", "got -1")
	_, err = tensors.Randn(tensor.Int, seeded(1), 2)
	wantError(t, err, "tensors: Randn: ", "dtype int")
}

func ExampleRand() {
	rng := rand.New(rand.NewPCG(42, 0))
	x, err := tensors.Rand(tensor.Float64, rng, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f\n", x.Data())
	// Output: [0.2534 0.5446 0.1295 0.2659 0.7533 0.1791]
}

func ExampleRandn() {
	rng := rand.New(rand.NewPCG(42, 0))
	x, err := tensors.Randn(tensor.Float64, rng, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f\n", x.Data())
	// Output: [-0.7006 1.1840 -0.6306 -0.0660 0.6248 1.0318]
}
