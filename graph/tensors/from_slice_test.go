package tensors_test

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
)

func TestFromSliceTypes(t *testing.T) {
	for _, data := range []any{
		[]float64{1, 2, 3, 4}, []float32{1, 2, 3, 4}, []int{1, 2, 3, 4},
		[]int64{1, 2, 3, 4}, []int32{1, 2, 3, 4}, []uint8{1, 2, 3, 4},
	} {
		x, err := tensors.FromSlice(tensor.Float64, data)
		wantTensor(t, x, err, tensor.Float64, []int{4}, []float64{1, 2, 3, 4})
		y, err := tensors.FromSlice(tensor.Float32, data, 2, 2)
		wantTensor(t, y, err, tensor.Float32, []int{2, 2}, []float32{1, 2, 3, 4})
	}
}

func TestFromSliceNested(t *testing.T) {
	matrix, err := tensors.FromSlice(tensor.Float32, [][]int{{1, 2, 3}, {4, 5, 6}})
	wantTensor(t, matrix, err, tensor.Float32, []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})
	cube, err := tensors.FromSlice(tensor.Float64, [][][]float64{{{1, 2}}, {{3, 4}}, {{5, 6}}})
	wantTensor(t, cube, err, tensor.Float64, []int{3, 1, 2}, []float64{1, 2, 3, 4, 5, 6})
	column, err := tensors.FromSlice(tensor.Float64, [][]float32{{1}, {2}, {3}})
	wantTensor(t, column, err, tensor.Float64, []int{3, 1}, []float64{1, 2, 3})
	row, err := tensors.FromSlice(tensor.Float64, [][]float64{{1, 2, 3}}, 1, 3)
	wantTensor(t, row, err, tensor.Float64, []int{1, 3}, []float64{1, 2, 3})
	one, err := tensors.FromSlice(tensor.Float64, [][]float64{{7}})
	wantTensor(t, one, err, tensor.Float64, []int{1, 1}, []float64{7})
}

func TestFromSliceCopies(t *testing.T) {
	data := []float64{1, 2}
	x, err := tensors.FromSlice(tensor.Float64, data)
	data[0] = 9
	wantTensor(t, x, err, tensor.Float64, []int{2}, []float64{1, 2})
}

func TestFromSliceErrors(t *testing.T) {
	for _, c := range []struct {
		data  any
		shape []int
		want  string
	}{
		{[][]float64{{1, 2}, {3}}, nil, "ragged data: data[1]: got 1 elements, want 2"},
		{[][][]int{{{1}, {2}}, {{3}, {4, 5}}}, nil, "ragged data: data[1][1]: got 2 elements, want 1"},
		{[][][]int{{{1}, {2}}, {{3}}}, nil, "ragged data: data[1]: got 1 elements, want 2"},
		{[][]float64{{1}, nil}, nil, "ragged data: data[1]: got 0 elements, want 1"},
		{[]float64{}, nil, "data is empty"},
		{[][]float64{}, nil, "data is empty"},
		{[][]float64{{}, {1}}, nil, "data[0] is empty"},
		{nil, nil, "got data of type <nil>, want a slice"},
		{3.5, nil, "got data of type float64, want a slice"},
		{[2]float64{1, 2}, nil, "got data of type [2]float64, want a slice"},
		{[]string{"1"}, nil, "got data of type []string"},
		{[][]bool{{true}}, nil, "got data of type []bool"},
		{[]any{1.0, 2.0}, nil, "got data of type []interface {}"},
		{[]float64{1, 2, 3}, []int{2, 2}, "got data of 3 elements, want 4 for shape (2, 2)"},
		{[]float64{1, 2, 3}, []int{-3}, "dimension 0 of shape (-3): got -3"},
		{[][]float64{{1, 2, 3}}, []int{3, 1}, "got nested data of shape (1, 3), want (3, 1) as given"},
		{[]float64{1, 1e300}, nil, "element 1: got 1e+300, which is too large for Float32"},
	} {
		_, err := tensors.FromSlice(tensor.Float32, c.data, c.shape...)
		wantError(t, err, "tensors: FromSlice: ", c.want)
	}
	_, err := tensors.FromSlice(tensor.Int, []int{1})
	wantError(t, err, "tensors: FromSlice: ", "dtype int, want tensor.Float32 or tensor.Float64")
}

// 2^17 rows that share their memory are 2^34 elements.
func TestFromSliceTooLarge(t *testing.T) {
	row := make([]uint8, 1<<17)
	_, err := tensors.FromSlice(tensor.Float32, slices.Repeat([][]uint8{row}, 1<<17))
	wantError(t, err, "tensors: FromSlice: ", "more than")
}

func ExampleFromSlice() {
	nested, err := tensors.FromSlice(tensor.Float32, [][]float64{{1, 2, 3}, {4, 5, 6}})
	if err != nil {
		fmt.Println(err)
		return
	}
	flat, _ := tensors.FromSlice(tensor.Float32, []int{1, 2, 3, 4, 5, 6}, 3, 2)
	fmt.Println(nested.Shape(), flat.Shape())
	fmt.Println(flat)

	_, err = tensors.FromSlice(tensor.Float32, [][]float64{{1, 2, 3}, {4, 5}})
	fmt.Println(err)
	// Output:
	// (2, 3) (3, 2)
	// ⎡1  2⎤
	// ⎢3  4⎥
	// ⎣5  6⎦
	//
	// tensors: FromSlice: ragged data: data[1]: got 2 elements, want 3 as in the first slice of its depth
}
