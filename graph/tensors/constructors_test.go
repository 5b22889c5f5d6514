package tensors_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
)

// wantTensor fails unless the tensor has exactly this dtype, shape and data.
func wantTensor[T comparable](t *testing.T, got *tensor.Dense, err error, dt tensor.Dtype, shape []int, data []T) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
	if got.Dtype() != dt {
		t.Errorf("dtype %v, want %v", got.Dtype(), dt)
	}
	// Shape.Eq takes (5) and (5, 1) for equal, so the numbers are compared.
	if !slices.Equal(got.Shape(), shape) {
		t.Errorf("shape %v, want %v", got.Shape(), tensor.Shape(shape))
	}
	if d := got.Data().([]T); !slices.Equal(d, data) {
		t.Errorf("data %v, want %v", d, data)
	}
}

func TestFilledTensors(t *testing.T) {
	z, err := tensors.Zeros(tensor.Float64, 2, 3)
	wantTensor(t, z, err, tensor.Float64, []int{2, 3}, []float64{0, 0, 0, 0, 0, 0})
	e, err := tensors.Empty(tensor.Float32, 2)
	wantTensor(t, e, err, tensor.Float32, []int{2}, []float32{0, 0})
	o, err := tensors.Ones(tensor.Float32, 3, 1)
	wantTensor(t, o, err, tensor.Float32, []int{3, 1}, []float32{1, 1, 1})
	f, err := tensors.Full(tensor.Float32, 0.1, 2)
	wantTensor(t, f, err, tensor.Float32, []int{2}, []float32{0.1, 0.1})
	i, err := tensors.Eye(tensor.Float64, 3)
	wantTensor(t, i, err, tensor.Float64, []int{3, 3}, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1})
	l, err := tensors.Labels([]int{2, 0, 1})
	wantTensor(t, l, err, tensor.Int, []int{3}, []int{2, 0, 1})
}

// The tensor library treats these shapes alike in places; they must survive.
func TestShapesAreKept(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, shape := range [][]int{
			{1}, {1, 1}, {1, 1, 1}, {5}, {5, 1}, {1, 5}, {1, 5, 1}, {2, 3, 4},
			{1, 2, 1, 2, 1, 2, 1, 2}, {2, 1, 2, 1, 2, 1, 2, 1, 2},
		} {
			x, err := tensors.Ones(dt, shape...)
			if err != nil {
				t.Fatal(err)
			}
			like, err := tensors.ZerosLike(x)
			if err != nil {
				t.Fatal(err)
			}
			for _, y := range []*tensor.Dense{x, like} {
				if !slices.Equal(y.Shape(), shape) || y.DataSize() != tensor.Shape(shape).TotalSize() || y.Dtype() != dt {
					t.Errorf("%v: got shape %v, %d elements of %v", shape, y.Shape(), y.DataSize(), y.Dtype())
				}
			}
		}
	}
}

func TestScalar(t *testing.T) {
	x, err := tensors.Full(tensor.Float32, 2.5)
	if err != nil {
		t.Fatal(err)
	}
	like, err := tensors.OnesLike(x)
	if err != nil {
		t.Fatal(err)
	}
	if x.Dims() != 0 || x.Data() != float32(2.5) || like.Dims() != 0 || like.Data() != float32(1) {
		t.Errorf("got %v of shape %v and %v of shape %v", x.Data(), x.Shape(), like.Data(), like.Shape())
	}
}

// A transposed tensor is a view with strides; its likeness is a plain tensor.
func TestLikeOfTransposed(t *testing.T) {
	x, err := tensors.Ones(tensor.Float64, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.T(); err != nil {
		t.Fatal(err)
	}
	z, err := tensors.ZerosLike(x)
	wantTensor(t, z, err, tensor.Float64, []int{3, 2}, make([]float64, 6))
	if !slices.Equal(z.Strides(), []int{2, 1}) {
		t.Errorf("strides %v, want row-major", z.Strides())
	}
}

func TestLabelsCopies(t *testing.T) {
	classes := []int{4, 5}
	l, err := tensors.Labels(classes)
	classes[0] = 9
	wantTensor(t, l, err, tensor.Int, []int{2}, []int{4, 5})
}

func TestArange(t *testing.T) {
	for _, c := range []struct {
		start, end, step float64
		want             []float64
	}{
		{0, 5, 1, []float64{0, 1, 2, 3, 4}},
		{1, 2.5, 0.5, []float64{1, 1.5, 2}},
		{1, 2.6, 0.5, []float64{1, 1.5, 2, 2.5}},
		{5, 0, -2, []float64{5, 3, 1}},
		{0, 0.5, 1, []float64{0}},
		// (1.3-1)/0.1 is a little above 3 in float64, so that 1.3 appears.
		{1, 1.3, 0.1, []float64{1, 1.1, 1.2, 1.3}},
		{0, 5e-324, 1e300, []float64{0}}, // the quotient underflows
	} {
		x, err := tensors.Arange(tensor.Float64, c.start, c.end, c.step)
		wantTensor(t, x, err, tensor.Float64, []int{len(c.want)}, c.want)
	}
}

// Adding 0.1 a million times makes an error of 1e-6; start + i*step makes one
// rounding of the product and one of the sum.
func TestArangeDoesNotAccumulate(t *testing.T) {
	x, err := tensors.Arange(tensor.Float64, 0, 1e5, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range x.Data().([]float64) {
		if v != float64(i)*0.1 {
			t.Fatalf("element %d is %v, want %v", i, v, float64(i)*0.1)
		}
	}
}

func TestLinspace(t *testing.T) {
	for _, c := range []struct {
		start, end float64
		n          int
		want       []float64
	}{
		{0, 1, 5, []float64{0, 0.25, 0.5, 0.75, 1}},
		{1, -1, 3, []float64{1, 0, -1}},
		{2, 2, 2, []float64{2, 2}},
		{3, 7, 1, []float64{3}},
		{3, 7, 2, []float64{3, 7}},
	} {
		x, err := tensors.Linspace(tensor.Float64, c.start, c.end, c.n)
		wantTensor(t, x, err, tensor.Float64, []int{c.n}, c.want)
	}

	// Both ends are exact although 0.1, 0.7 and the step are not.
	for n := 2; n < 100; n++ {
		x, err := tensors.Linspace(tensor.Float64, 0.1, 0.7, n)
		if err != nil {
			t.Fatal(err)
		}
		if d := x.Data().([]float64); d[0] != 0.1 || d[n-1] != 0.7 || !slices.IsSorted(d) {
			t.Fatalf("n = %d: %v", n, d)
		}
	}
}

func TestTensorErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	shape := func(dims ...int) error { _, err := tensors.Zeros(tensor.Float64, dims...); return err }
	arange := func(start, end, step float64) error {
		_, err := tensors.Arange(tensor.Float64, start, end, step)
		return err
	}
	linspace := func(start, end float64, n int) error {
		_, err := tensors.Linspace(tensor.Float64, start, end, n)
		return err
	}

	wantError(t, shape(2, -3), "tensors: Zeros", "dimension 1 of shape (2, -3): got -3")
	wantError(t, shape(0), "dimension 0 of shape (0): got 0", "no empty tensors")
	wantError(t, shape(3, 0, 2), "dimension 1 of shape (3, 0, 2): got 0")
	wantError(t, shape(math.MaxInt, math.MaxInt), "more than")
	wantError(t, shape(4, math.MaxInt/2+1), "more than") // the product wraps around to 0
	most := min(1<<33, math.MaxInt/8)                    // less on 32-bit systems
	wantError(t, shape(1<<20, 1<<20), fmt.Sprintf("shape (1048576, 1048576): got more than %d elements", most))

	wantError(t, arange(0, 1, 0), "Arange(0, 1, 0)", "got step 0")
	wantError(t, arange(0, 1, -1), "want the opposite sign")
	wantError(t, arange(1, 0, 1), "want the opposite sign")
	wantError(t, arange(1, 1, 1), "want at least one element")
	for _, bad := range []float64{nan, inf, -inf} {
		wantError(t, arange(bad, 1, 1), "finite")
		wantError(t, arange(0, bad, 1), "finite")
		wantError(t, arange(0, 1, bad), "finite")
		wantError(t, linspace(bad, 1, 3), "finite")
		wantError(t, linspace(0, bad, 3), "finite")
	}
	wantError(t, arange(0, 1, 1e-300), "more than")
	wantError(t, arange(-1e308, 1e308, 1), "more than")
	wantError(t, linspace(-1e308, 1e308, 3), "distance")
	wantError(t, linspace(0, 1, 0), "Linspace(0, 1, 0)", "got 0")
	wantError(t, linspace(0, 1, -4), "got -4")

	_, err := tensors.Eye(tensor.Float64, -1)
	wantError(t, err, "tensors: Eye", "got -1")
	_, err = tensors.Empty(tensor.Float64, -1)
	wantError(t, err, "tensors: Empty")
	_, err = tensors.Ones(tensor.Float64, -1)
	wantError(t, err, "tensors: Ones")
	_, err = tensors.Full(tensor.Float32, 1e39, 2)
	wantError(t, err, "tensors: Full", "element 0: got 1e+39, which is too large for Float32")
	_, err = tensors.Ones(tensor.Int, 2)
	wantError(t, err, "dtype int, want tensor.Float32 or tensor.Float64")
	_, err = tensors.Ones(tensor.Dtype{}, 2)
	wantError(t, err, "want tensor.Float32 or tensor.Float64")
	_, err = tensors.ZerosLike(nil)
	wantError(t, err, "tensors: ZerosLike", "nil")
	_, err = tensors.OnesLike(tensor.New(tensor.WithBacking([]int{1, 2})))
	wantError(t, err, "tensors: OnesLike", "dtype int")
	_, err = tensors.Labels(nil)
	wantError(t, err, "tensors: Labels", "got 0")
}

func TestNaNAndInfinityPass(t *testing.T) {
	x, err := tensors.Full(tensor.Float32, math.Inf(-1), 1)
	wantTensor(t, x, err, tensor.Float32, []int{1}, []float32{float32(math.Inf(-1))})
	y, err := tensors.Full(tensor.Float32, math.NaN(), 1)
	if err != nil || !math.IsNaN(float64(y.Data().([]float32)[0])) {
		t.Errorf("got %v, %v, want NaN", y, err)
	}
}

func ExampleZeros() {
	x, err := tensors.Zeros(tensor.Float32, 2, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.Shape(), x.Dtype(), x.Data())

	_, err = tensors.Zeros(tensor.Float32, 2, 0)
	fmt.Println(err)
	// Output:
	// (2, 3) float32 [0 0 0 0 0 0]
	// tensors: Zeros: dimension 1 of shape (2, 0): got 0, want at least 1 (gorgonia.org/tensor has no empty tensors)
}

func ExampleEmpty() {
	x, err := tensors.Empty(tensor.Float64, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	copy(x.Data().([]float64), []float64{1, 2, 3})
	fmt.Println(x)
	// Output: [1  2  3]
}

func ExampleZerosLike() {
	x, _ := tensors.Ones(tensor.Float32, 5, 1)
	z, err := tensors.ZerosLike(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(z.Shape(), z.Dtype(), z.Data())
	// Output: (5, 1) float32 [0 0 0 0 0]
}

func ExampleOnes() {
	x, err := tensors.Ones(tensor.Float64, 2, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.Data())
	// Output: [1 1 1 1]
}

func ExampleOnesLike() {
	x, _ := tensors.Zeros(tensor.Float64, 1, 3)
	o, err := tensors.OnesLike(x)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(o.Shape(), o.Data())
	// Output: (1, 3) [1 1 1]
}

func ExampleFull() {
	x, err := tensors.Full(tensor.Float64, 0.5, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	scalar, _ := tensors.Full(tensor.Float64, 0.5)
	fmt.Println(x.Data(), scalar.Data())
	// Output: [0.5 0.5 0.5] 0.5
}

func ExampleEye() {
	x, err := tensors.Eye(tensor.Float64, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x)
	// Output:
	// ⎡1  0⎤
	// ⎣0  1⎦
}

func ExampleArange() {
	x, err := tensors.Arange(tensor.Float64, 0, 2, 0.5)
	if err != nil {
		fmt.Println(err)
		return
	}
	down, _ := tensors.Arange(tensor.Float64, 3, 0, -1)
	fmt.Println(x.Data(), down.Data())
	// Output: [0 0.5 1 1.5] [3 2 1]
}

func ExampleLinspace() {
	x, err := tensors.Linspace(tensor.Float64, -1, 1, 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.Data())
	// Output: [-1 -0.5 0 0.5 1]
}

func ExampleLabels() {
	y, err := tensors.Labels([]int{9, 0, 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(y.Shape(), y.Dtype(), y.Data())
	// Output: (3) int [9 0 3]
}
