// Package pixels turns the bytes of image files into tensors.
package pixels

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// CheckDtype returns an error unless dt is the type of images, float32 or float64.
func CheckDtype(dt tensor.Dtype) error {
	if dt != tensor.Float32 && dt != tensor.Float64 {
		return errors.Errorf("data: type of images: got %v, want tensor.Float32 or tensor.Float64", dt)
	}
	return nil
}

// Tensor maps bytes to [0, 1]: each is divided by 255. dt must have passed CheckDtype.
func Tensor(bytes []uint8, dt tensor.Dtype, shape ...int) *tensor.Dense {
	if dt == tensor.Float32 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(scaled[float32](bytes)))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(scaled[float64](bytes)))
}

func scaled[T float32 | float64](bytes []uint8) []T {
	values := make([]T, len(bytes))
	for i, b := range bytes {
		values[i] = T(b) / 255
	}
	return values
}
