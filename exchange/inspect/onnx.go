package inspect

import (
	"io"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/onnxfile"
)

// constants reads the constants of an ONNX file, which is read whole.
func constants(r io.ReaderAt, size int64, visit func(Tensor) error) error {
	contents := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), contents); err != nil {
		return errors.Wrap(err, "inspect")
	}
	m, err := onnxfile.Read(contents)
	if err != nil {
		return errors.Wrap(err, "inspect")
	}
	return constantsOf(m, visit)
}

// constantsOf gives the constants of a model to visit.
func constantsOf(m *onnxfile.Model, visit func(Tensor) error) error {
	for _, c := range m.Graph.Constants() {
		if c.Type == onnxfile.String {
			continue
		}
		numbers, err := c.Numbers()
		if err != nil {
			return errors.Wrap(err, "inspect")
		}
		s := newStatistics(c.Name, c.Type.String(), c.Shape, false)
		s.isFloat = c.Type.IsFloat()
		addAll(s, numbers)
		if err := visit(s.tensor()); err != nil {
			return err
		}
	}
	return nil
}
