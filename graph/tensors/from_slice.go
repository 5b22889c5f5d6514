package tensors

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// FromSlice returns a tensor with a copy of data, a slice of numbers or slices
// nested to any depth: []float64, [][]float32, [][][]int, ...
//
// A nested slice brings its shape along, and must not be ragged. A flat slice
// is a vector, or fills the given shape in row-major order. The numbers may be
// float64, float32, int, int64, int32 or uint8.
func FromSlice(dt tensor.Dtype, data any, shape ...int) (*tensor.Dense, error) {
	t, err := fromSlice(dt, data, shape)
	return t, errors.Wrap(err, "tensors: FromSlice")
}

func fromSlice(dt tensor.Dtype, data any, shape []int) (*tensor.Dense, error) {
	dataShape, err := sliceShape(data)
	if err != nil {
		return nil, err
	}
	if err := checkRagged(reflect.ValueOf(data), dataShape, "data"); err != nil {
		return nil, err
	}
	n, err := Size(dataShape)
	if err != nil {
		return nil, err
	}
	if len(shape) == 0 {
		shape = dataShape
	}
	if err := checkGivenShape(dataShape, n, shape); err != nil {
		return nil, err
	}

	values, flat := data.([]float64)
	if !flat {
		if values, err = flatten(make([]float64, 0, n), reflect.ValueOf(data), len(dataShape)); err != nil {
			return nil, err
		}
	}
	return fillDense(dt, shape, func(i int) float64 { return values[i] })
}

// sliceShape reads the shape of nested slices off the first slice of each
// depth. The others are compared with it by checkRagged.
func sliceShape(data any) ([]int, error) {
	v := reflect.ValueOf(data)
	if v.Kind() != reflect.Slice {
		return nil, errors.Errorf("got data of type %T, want a slice of numbers, flat or nested (for one number use Full)", data)
	}

	var shape []int
	for path := "data"; v.Kind() == reflect.Slice; path += "[0]" {
		if v.Len() == 0 {
			return nil, errors.Errorf("%s is empty (gorgonia.org/tensor has no empty tensors)", path)
		}
		shape = append(shape, v.Len())
		v = v.Index(0)
	}
	return shape, nil
}

// checkRagged compares the lengths of v, whose place in the data is path, with the shape.
func checkRagged(v reflect.Value, shape []int, path string) error {
	if v.Len() != shape[0] {
		return errors.Errorf("ragged data: %s: got %d elements, want %d as in the first slice of its depth", path, v.Len(), shape[0])
	}
	if len(shape) == 1 {
		return nil
	}
	for i := range v.Len() {
		if err := checkRagged(v.Index(i), shape[1:], fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

// checkGivenShape compares the given shape with that of the data, which has n
// elements.
func checkGivenShape(dataShape []int, n int, shape []int) error {
	asked, err := Size(shape)
	if err != nil {
		return err
	}
	if len(dataShape) > 1 && !slices.Equal(dataShape, shape) {
		return errors.Errorf("got nested data of shape %v, want %v as given (leave the shape out)", tensor.Shape(dataShape), tensor.Shape(shape))
	}
	if asked != n {
		return errors.Errorf("got data of %d elements, want %d for shape %v", n, asked, tensor.Shape(shape))
	}
	return nil
}

// flatten appends the numbers of v, slices nested to the given depth, in
// row-major order.
func flatten(dst []float64, v reflect.Value, depth int) ([]float64, error) {
	if depth == 1 {
		return appendNumbers(dst, v.Interface())
	}
	var err error
	for i := range v.Len() {
		if dst, err = flatten(dst, v.Index(i), depth-1); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func appendNumbers(dst []float64, numbers any) ([]float64, error) {
	switch s := numbers.(type) {
	case []float64:
		return append(dst, s...), nil
	case []float32:
		return appendAsFloat64(dst, s), nil
	case []int:
		return appendAsFloat64(dst, s), nil
	case []int64:
		return appendAsFloat64(dst, s), nil
	case []int32:
		return appendAsFloat64(dst, s), nil
	case []uint8:
		return appendAsFloat64(dst, s), nil
	}
	return nil, errors.Errorf("got data of type %T, want numbers of type float64, float32, int, int64, int32 or uint8", numbers)
}

func appendAsFloat64[T float32 | int | int64 | int32 | uint8](dst []float64, src []T) []float64 {
	for _, v := range src {
		dst = append(dst, float64(v))
	}
	return dst
}
