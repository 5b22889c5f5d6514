package data

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Dataset is a list of samples with their targets. Row i of X belongs to row i of Y.
//
// Both tensors must be contiguous and row-major, as tensor.New makes them.
type Dataset struct {
	// X is (N, features...), float32 or float64.
	X *tensor.Dense
	// Y is (N) of type int, the class of each sample, or (N, k...) of X's type: regression targets, or one-hot classes.
	Y *tensor.Dense
	// Classes names the classes: class c is Classes[c]. It is nil where there are none.
	Classes []string
}

// Len is the number of samples, 0 if there is no X.
func (d *Dataset) Len() int {
	if d == nil || d.X == nil || d.X.Dims() == 0 {
		return 0
	}
	return d.X.Shape()[0]
}

// Validate returns an error that names the first thing wrong: a type or shape that does not fit, a class without a name,
// a value that is NaN or infinite. It looks at every value once.
func (d *Dataset) Validate() error {
	if err := d.validateLayout(); err != nil {
		return err
	}
	if err := validateValues("X", d.X); err != nil {
		return err
	}
	if classes, ok := d.Y.Data().([]int); ok {
		return d.validateClasses(classes)
	}
	return validateValues("Y", d.Y)
}

// validateLayout checks all that does not need the values.
func (d *Dataset) validateLayout() error {
	if d == nil || d.X == nil || d.Y == nil {
		return errors.New("data: the dataset needs both X and Y; one of them is nil")
	}
	x, y := d.X.Shape(), d.Y.Shape()
	if dt := d.X.Dtype(); dt != tensor.Float32 && dt != tensor.Float64 {
		return errors.Errorf("data: X is of type %v; use float32 or float64", dt)
	}
	if len(x) < 2 {
		return errors.Errorf("data: X has shape %v; it needs a sample axis and at least one feature axis, as (N, 784)", x)
	}
	if isView(d.X) || isView(d.Y) {
		return errors.New("data: X or Y is a transposed, strided, masked or column-major view; copy it row by row first")
	}
	if len(y) == 0 || x[0] != y[0] {
		return errors.Errorf("data: X has shape %v and Y %v; both need the same number of rows", x, y)
	}
	if x.TotalSize() < 1 || y.TotalSize() < 1 {
		return errors.Errorf("data: X has shape %v and Y %v; there is no sample in it", x, y)
	}
	return d.validateTargetShape()
}

// isView says whether the values of t do not lie one after the other in row-major order.
func isView(t *tensor.Dense) bool {
	return t.RequiresIterator() || t.DataOrder().IsColMajor()
}

func (d *Dataset) validateTargetShape() error {
	shape, dt := d.Y.Shape(), d.Y.Dtype()
	if dt == tensor.Int {
		if len(shape) != 1 {
			return errors.Errorf("data: Y holds ints in shape %v; classes are one int a sample, shape (%d)", shape, d.Len())
		}
		return nil
	}
	if dt != d.X.Dtype() {
		return errors.Errorf("data: Y is of type %v; use int for classes, or X's type %v for other targets", dt, d.X.Dtype())
	}
	if len(shape) < 2 {
		return errors.Errorf("data: Y holds floats in shape %v; use (%d, k), k targets a sample", shape, d.Len())
	}
	if d.Classes != nil && shape[1] != len(d.Classes) {
		return errors.Errorf("data: Y has shape %v but there are %d class names; one-hot targets need one column a class",
			shape, len(d.Classes))
	}
	return nil
}

func (d *Dataset) validateClasses(classes []int) error {
	for i, c := range classes {
		if c < 0 {
			return errors.Errorf("data: sample %d has class %d; classes count from 0", i, c)
		}
		if d.Classes != nil && c >= len(d.Classes) {
			return errors.Errorf("data: sample %d has class %d, but Classes names only 0 to %d", i, c, len(d.Classes)-1)
		}
	}
	return nil
}

func validateValues(name string, t *tensor.Dense) error {
	if v, ok := t.Data().([]float32); ok {
		return validateFinite(name, v, t.Shape()[0])
	}
	return validateFinite(name, t.Data().([]float64), t.Shape()[0])
}

func validateFinite[T float32 | float64](name string, values []T, rows int) error {
	width := len(values) / rows
	for i, v := range values {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return errors.Errorf("data: %s of sample %d is %v at position %d of its row; mend or drop the sample",
				name, i/width, v, i%width)
		}
	}
	return nil
}
