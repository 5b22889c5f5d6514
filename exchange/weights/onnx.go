package weights

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// readConstants reads the constants of an ONNX file, as float32, float64, int64 or bool.
func readConstants(path string) (File, error) {
	m, err := onnxfile.Open(path)
	if err != nil {
		return File{}, err
	}
	var f File
	for _, c := range m.Graph.Constants() {
		if c.Type == onnxfile.String {
			continue
		}
		if size, err := c.Size(); err == nil && size == 0 {
			f.Empty = append(f.Empty, c.Name)
			continue
		}
		numbers, err := c.Numbers()
		if err != nil {
			return File{}, err
		}
		backing := any(numbers)
		switch {
		case c.Type == onnxfile.Bool:
			backing = each(numbers, func(v float64) bool { return v != 0 })
		case c.Type.IsInteger():
			backing = each(numbers, func(v float64) int64 { return int64(v) })
		case c.Type != onnxfile.Double:
			backing = each(numbers, func(v float64) float32 { return float32(v) })
		}
		value := tensor.New(tensor.WithShape(c.Shape...), tensor.WithBacking(backing))
		if value == nil {
			return File{}, errors.Errorf("%s: got shape %v, want one of a tensor", c.Name, c.Shape)
		}
		f.Tensors = append(f.Tensors, safetensors.Named{Name: c.Name, Value: value})
	}
	return f, nil
}

func each[T any](list []float64, convert func(float64) T) []T {
	out := make([]T, len(list))
	for i, v := range list {
		out[i] = convert(v)
	}
	return out
}
