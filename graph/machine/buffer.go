package machine

import (
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A buffer is memory that several values use one after another.
type buffer struct {
	f32 []float32
	f64 []float64
}

func newBuffer(dtype tensor.Dtype, n int) *buffer {
	if dtype == tensor.Float32 {
		return &buffer{f32: make([]float32, n)}
	}
	return &buffer{f64: make([]float64, n)}
}

// size is the number of elements.
func (b *buffer) size() int { return len(b.f32) + len(b.f64) }

// tensor is a tensor over the first n elements of the buffer. It has the engine that a TapeMachine gives its values.
func (b *buffer) tensor(dtype tensor.Dtype, shape tensor.Shape, n int) *tensor.Dense {
	engine := tensor.WithEngine(gorgonia.StandardEngine{})
	if dtype == tensor.Float32 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(b.f32[:n:n]), engine)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(b.f64[:n:n]), engine)
}

// newScalar is memory for a scalar.
func newScalar(dtype tensor.Dtype) gorgonia.Value {
	if dtype == tensor.Float32 {
		return gorgonia.NewF32(0)
	}
	return gorgonia.NewF64(0)
}

// address is where the buffer begins.
func (b *buffer) address() uintptr {
	if b.f32 != nil {
		return uintptr(unsafe.Pointer(unsafe.SliceData(b.f32)))
	}
	return uintptr(unsafe.Pointer(unsafe.SliceData(b.f64)))
}
