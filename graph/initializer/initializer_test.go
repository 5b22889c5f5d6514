package initializer_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
)

// fill draws a tensor by the rule, with the fans of a dense layer's weight.
func fill(t *testing.T, rule initializer.Initializer, seed uint64, shape ...int) []float64 {
	t.Helper()
	dst := make([]float64, tensor.Shape(shape).TotalSize())
	fan := initializer.Fan{In: shape[0], Out: shape[len(shape)-1]}
	if err := rule.Fill(dst, shape, fan, seeded(seed)); err != nil {
		t.Fatal(err)
	}
	return dst
}

// everyRule holds each rule once, with numbers that are valid.
var everyRule = []initializer.Initializer{
	initializer.Constant{Value: 0.5},
	initializer.Uniform{Low: -0.25, High: 0.5},
	initializer.Normal{Mean: 1, Std: 0.05},
	initializer.XavierUniform{}, initializer.XavierNormal{Gain: 2},
	initializer.HeUniform{}, initializer.HeUniform{FanOut: true},
	initializer.HeNormal{Gain: 3}, initializer.HeNormal{FanOut: true},
	initializer.LeCunUniform{}, initializer.LeCunNormal{},
	initializer.Orthogonal{}, initializer.DeltaOrthogonal{}, initializer.TorchDefault{},
}

func TestSameSeedSameNumbers(t *testing.T) {
	for _, rule := range everyRule {
		a, b := fill(t, rule, 3, 20, 30), fill(t, rule, 3, 20, 30)
		if !slices.Equal(a, b) {
			t.Errorf("%v: same seed, different numbers", rule)
		}
		if _, constant := rule.(initializer.Constant); constant {
			continue
		}
		if slices.Equal(a, fill(t, rule, 4, 20, 30)) {
			t.Errorf("%v: seeds 3 and 4 give the same numbers", rule)
		}
	}
}

func TestConstant(t *testing.T) {
	if got := fill(t, initializer.Constant{}, 1, 3); !slices.Equal(got, []float64{0, 0, 0}) {
		t.Errorf("zero value gives %v, want zeros", got)
	}
	dst := make([]float64, 2)
	err := initializer.Constant{Value: -1.5}.Fill(dst, tensor.Shape{2}, initializer.Fan{}, nil)
	if err != nil || !slices.Equal(dst, []float64{-1.5, -1.5}) {
		t.Errorf("got %v, %v", dst, err)
	}
}

func TestUniform(t *testing.T) {
	x := fill(t, initializer.Uniform{Low: -0.1, High: 0.3}, 1, 300, 300)
	wantMoments(t, x, 0.1, 0.4*0.4/12, 9./5)
	wantReach(t, x, -0.1, 0.3)
	if got := fill(t, initializer.Uniform{}, 1, 3); !slices.Equal(got, []float64{0, 0, 0}) {
		t.Errorf("zero value gives %v, want zeros", got)
	}

	// Rounding never leads above High, even from the largest uniform number.
	high := 0.7
	dst := make([]float64, 1)
	for low := -1.0; low < high; low += 0.01 {
		if err := (initializer.Uniform{Low: low, High: high}).Fill(dst, tensor.Shape{1}, initializer.Fan{}, rand.New(graphtest.AllOnes{})); err != nil {
			t.Fatal(err)
		}
		if dst[0] > high {
			t.Fatalf("U(%v, %v) gives %v", low, high, dst[0])
		}
	}
}

func TestNormal(t *testing.T) {
	wantMoments(t, fill(t, initializer.Normal{Mean: 2, Std: 0.05}, 1, 300, 300), 2, 0.05*0.05, 3)
	if got := fill(t, initializer.Normal{}, 1, 3); !slices.Equal(got, []float64{0, 0, 0}) {
		t.Errorf("zero value gives %v, want zeros", got)
	}
}

// wantReach fails unless all x lie in [low, high] and come close to both ends.
// Of n uniform numbers the largest misses the end by more than 20/n of the
// range with a probability of e^-20.
func wantReach(t *testing.T, x []float64, low, high float64) {
	t.Helper()
	slack := 20 / float64(len(x)) * (high - low)
	if lo, hi := slices.Min(x), slices.Max(x); lo < low || hi > high || lo > low+slack || hi < high-slack {
		t.Errorf("numbers reach from %v to %v, want %v to %v", lo, hi, low, high)
	}
}

func TestFillErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		rule initializer.Initializer
		want string
	}{
		{initializer.Constant{Value: nan}, "initializer: constant(value=NaN) for shape (2, 3): want a finite value"},
		{initializer.Constant{Value: inf}, "finite"},
		{initializer.Uniform{Low: 1, High: 0}, "initializer: uniform(low=1, high=0) for shape (2, 3): want finite bounds with low <= high"},
		{initializer.Uniform{Low: nan}, "finite"},
		{initializer.Uniform{High: inf}, "finite"},
		{initializer.Uniform{Low: -1e308, High: 1e308}, "finite"},
		{initializer.Normal{Std: -1}, "initializer: normal(mean=0, std=-1) for shape (2, 3): want a finite mean and a finite std >= 0"},
		{initializer.Normal{Std: nan}, "finite"},
		{initializer.Normal{Std: inf}, "finite"},
		{initializer.Normal{Mean: nan}, "finite"},
		{initializer.XavierUniform{Gain: -1}, "initializer: xavier_uniform(gain=-1) for shape (2, 3): got gain -1, want a positive number, or 0 for the default 1"},
		{initializer.XavierNormal{Gain: nan}, "initializer: xavier_normal(gain=NaN) for shape (2, 3): got gain NaN"},
		{initializer.HeUniform{Gain: inf}, "got gain +Inf, want a positive number, or 0 for the default 1.414"},
		{initializer.HeNormal{Gain: -2}, "initializer: he_normal(gain=-2) for shape (2, 3): got gain -2"},
		{initializer.Orthogonal{Gain: -2}, "initializer: orthogonal(gain=-2) for shape (2, 3): got gain -2"},
	} {
		wantError(t, c.rule.Fill(make([]float64, 6), tensor.Shape{2, 3}, initializer.Fan{In: 2, Out: 3}, seeded(1)), c.want)
	}

	for _, rule := range everyRule {
		fan := initializer.Fan{In: 2, Out: 3}
		wantError(t, rule.Fill(make([]float64, 5), tensor.Shape{2, 3}, fan, seeded(1)),
			fmt.Sprintf("initializer: %v for shape (2, 3): got dst of 5 elements, want 6 for the shape", rule))
		wantError(t, rule.Fill(nil, tensor.Shape{2, 0}, fan, seeded(1)), rule.String(), "dimension 1 of shape (2, 0): got 0")
		if _, constant := rule.(initializer.Constant); !constant {
			wantError(t, rule.Fill(make([]float64, 6), tensor.Shape{2, 3}, fan, nil), rule.String(), "rng is nil")
		}
	}
}

func ExampleInitializer() {
	var rule initializer.Initializer = initializer.HeNormal{}
	w := make([]float64, 4)
	err := rule.Fill(w, tensor.Shape{2, 2}, initializer.Fan{In: 2, Out: 2}, rand.New(rand.NewPCG(1, 0)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v: %.3f\n", rule, w)
	// Output: he_normal(gain=1.414): [-0.802 0.425 -0.499 -0.987]
}

func ExampleConstant() {
	w := make([]float64, 3)
	if err := (initializer.Constant{Value: 0.1}).Fill(w, tensor.Shape{3}, initializer.Fan{}, nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w)
	// Output: [0.1 0.1 0.1]
}

func ExampleNormal() {
	w := make([]float64, 1)
	err := initializer.Normal{Std: -0.05}.Fill(w, tensor.Shape{1}, initializer.Fan{}, rand.New(rand.NewPCG(1, 0)))
	fmt.Println(err)
	// Output: initializer: normal(mean=0, std=-0.05) for shape (1): want a finite mean and a finite std >= 0
}

func ExampleUniform() {
	fmt.Println(initializer.Uniform{Low: -0.1, High: 0.1})
	// Output: uniform(low=-0.1, high=0.1)
}
