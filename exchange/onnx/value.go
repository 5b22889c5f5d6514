package onnx

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/internal/onnxfile"
)

// A value is a tensor while a graph is drawn: a node of the graph, or numbers that are known.
type value struct {
	name  string // in the file
	typ   onnxfile.Type
	shape []int // as ONNX has it; the node of a tensor without dimensions has the shape (1)

	node    *gorgonia.Node // nil if the numbers are known
	numbers []float64      // if they are
	lifted  *gorgonia.Node // the node that holds the numbers, once there is one

	by    *onnxfile.Node // the node of the file that computed it, and what that read; nil for others
	reads []*value

	broken error // why there are neither numbers nor a node; of a constant that nothing may read
}

func (v *value) known() bool { return v.node == nil }

func (v *value) size() int { return sizeOf(v.shape) }

func (v *value) dims() int { return len(v.shape) }

// sizeOf is the number of elements of a shape whose sizes have been checked.
func sizeOf(shape []int) int {
	size := 1
	for _, n := range shape {
		size *= n
	}
	return size
}

// isExact reports whether a number is an integer that float64 holds with its neighbours.
func isExact(v float64) bool { return v == math.Trunc(v) && math.Abs(v) <= 1<<53 }

// constant is a value of known numbers.
func constant(typ onnxfile.Type, numbers []float64, shape ...int) *value {
	return &value{typ: typ, shape: shape, numbers: numbers}
}

// integers is a list of integers as a tensor of int64.
func integers(list ...int) *value {
	numbers := make([]float64, len(list))
	for i, v := range list {
		numbers[i] = float64(v)
	}
	return constant(onnxfile.Int64, numbers, len(list))
}

// number is a tensor without dimensions.
func number(typ onnxfile.Type, v float64) *value { return constant(typ, []float64{v}) }

// filled is a tensor of equal numbers.
func filled(typ onnxfile.Type, v float64, shape ...int) *value {
	return constant(typ, slices.Repeat([]float64{v}, sizeOf(shape)), shape...)
}

// strides are the distances of neighbours along each axis of a row-major tensor.
func strides(shape []int) []int {
	list := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		list[i] = step
		step *= shape[i]
	}
	return list
}

// indices lists, for each element of a tensor of a shape, what at gives for its coordinates. The coordinates change between calls.
func indices(shape []int, at func(coordinates []int) int) []int32 {
	size := sizeOf(shape)
	list, c := make([]int32, size), make([]int, len(shape))
	for i := range list {
		list[i] = int32(at(c))
		for d := len(c) - 1; d >= 0; d-- {
			if c[d]++; c[d] < shape[d] {
				break
			}
			c[d] = 0
		}
	}
	return list
}

// dot is the place of coordinates in a tensor with the given strides.
func dot(coordinates, strides []int) int {
	at := 0
	for i, c := range coordinates {
		at += c * strides[i]
	}
	return at
}

// broadcastShape is the shape of two tensors that are combined element by element; ok is false if they do not fit.
func broadcastShape(a, b []int) (out []int, ok bool) {
	dims := max(len(a), len(b))
	out = make([]int, dims)
	for i := range out {
		m, n := sizeAt(a, i, dims), sizeAt(b, i, dims)
		if m != n && m != 1 && n != 1 {
			return nil, false
		}
		out[i] = m
		if m == 1 {
			out[i] = n
		}
	}
	return out, true
}

// sizeAt is the size of a shape along an axis of one with more dimensions.
func sizeAt(shape []int, axis, dims int) int {
	if i := axis - dims + len(shape); i >= 0 {
		return shape[i]
	}
	return 1
}
