package data

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Dataset is a list of samples with their targets. Row i of X belongs to row i of Y and of every other column.
//
// All tensors must be contiguous and row-major, as tensor.New makes them.
type Dataset struct {
	// X is (N, features...), float32 or float64. It may be nil if there are Columns.
	X *tensor.Dense
	// Y is (N) of type int, the class of each sample, or (N, k...) of X's type: regression targets, or one-hot classes. Of sequences it
	// may be (N, time) of type int, a class for each position, and -1 for padding. It is nil for models that learn from X and Columns
	// alone, such as an autoencoder.
	Y *tensor.Dense
	// Columns are further inputs and targets, by name. The names of X and Y are "input" and "target".
	Columns []Column
	// Classes names the classes of Y: class c is Classes[c]. It is nil where there are none.
	Classes []string
}

// Len is the number of samples, 0 if there is no column.
func (d *Dataset) Len() int {
	if d == nil {
		return 0
	}
	first := d.first()
	if first == nil || first.Dims() == 0 {
		return 0
	}
	return first.Shape()[0]
}

// first is the first of AllColumns, without a list of them: it allocates nothing. It is nil if there is none.
func (d *Dataset) first() *tensor.Dense {
	switch {
	case d.X != nil:
		return d.X
	case len(d.Columns) > 0:
		return d.Columns[0].Values
	}
	return d.Y
}

// Validate returns an error that names the first thing wrong: a type or shape that does not fit, a class without a name,
// a value that is NaN or infinite. It looks at every value once.
func (d *Dataset) Validate() error {
	if err := d.validateLayout(); err != nil {
		return err
	}
	if d.X != nil {
		if err := validateValues("X", d.X); err != nil {
			return err
		}
	}
	for _, c := range d.Columns {
		if err := validateValues(fmt.Sprintf("column %q", c.Name), c.Values); err != nil {
			return err
		}
	}
	if d.Y == nil {
		return nil
	}
	if classes, ok := d.Y.Data().([]int); ok {
		return d.validateClasses(classes)
	}
	return validateValues("Y", d.Y)
}

// validateLayout checks all that does not need the values.
func (d *Dataset) validateLayout() error {
	if d == nil || d.X == nil && len(d.Columns) == 0 {
		return errors.New("data: the dataset has no samples: X is nil, and there are no Columns")
	}
	if d.X != nil {
		if err := d.validateSamples(); err != nil {
			return err
		}
	}
	if err := d.validateColumns(); err != nil {
		return err
	}
	if d.Y == nil {
		return nil
	}
	y := d.Y.Shape()
	if isView(d.Y) {
		return errors.New("data: Y is a transposed, strided, masked or column-major view; copy it row by row first")
	}
	if n := d.Len(); len(y) == 0 || y[0] != n {
		first := d.AllColumns()[0]
		return errors.Errorf("data: shape of Y: got %v, want %d rows, as %s of shape %v has", y, n, first.title(), first.Values.Shape())
	}
	if y.TotalSize() < 1 {
		return errors.Errorf("data: Y has shape %v; there is no target in it", y)
	}
	return d.validateTargetShape()
}

// validateSamples checks X.
func (d *Dataset) validateSamples() error {
	x := d.X.Shape()
	if dt := d.X.Dtype(); !isFloat(dt) {
		return errors.Errorf("data: type of X: got %v, want float32 or float64", dt)
	}
	if len(x) < 2 {
		return errors.Errorf("data: shape of X: got %v, want a sample axis and at least one feature axis, as (N, 784)", x)
	}
	if isView(d.X) {
		return errors.New("data: X is a transposed, strided, masked or column-major view; copy it row by row first")
	}
	if x.TotalSize() < 1 {
		return errors.Errorf("data: X has shape %v; there is no sample in it", x)
	}
	return nil
}

func isFloat(dt tensor.Dtype) bool { return dt == tensor.Float32 || dt == tensor.Float64 }

// isView tells whether the values of t do not lie one after the other in row-major order.
func isView(t *tensor.Dense) bool {
	return t.RequiresIterator() || t.DataOrder().IsColMajor()
}

func (d *Dataset) validateTargetShape() error {
	shape, dt := d.Y.Shape(), d.Y.Dtype()
	if dt == tensor.Int {
		if len(shape) > 1 && d.X != nil && (d.X.Dims() < 3 || d.X.Shape()[1] != shape[1]) {
			return errors.Errorf("data: shape of Y: got %v of int, want (%d), one class for each sample, as X of shape %v holds no sequences of length %d",
				shape, d.Len(), d.X.Shape(), shape[1])
		}
		return nil
	}
	if d.X != nil && dt != d.X.Dtype() {
		return errors.Errorf("data: type of Y: got %v, want int for classes, or X's type %v for other targets", dt, d.X.Dtype())
	}
	if !isFloat(dt) {
		return errors.Errorf("data: type of Y: got %v, want int for classes, or float32 or float64 for other targets", dt)
	}
	if len(shape) < 2 {
		return errors.Errorf("data: shape of Y: got %v of %v, want (%d, k), k targets for each sample", shape, dt, d.Len())
	}
	if d.Classes != nil && shape[1] != len(d.Classes) {
		return errors.Errorf("data: shape of one-hot Y: got %v, want %d columns, one for each of Classes", shape, len(d.Classes))
	}
	return nil
}

func (d *Dataset) validateClasses(classes []int) error {
	positions := max(1, len(classes)/d.Len()) // of each sample
	for i, c := range classes {
		if isPadding := c == -1 && d.Y.Dims() > 1; isPadding {
			continue
		}
		if c < 0 {
			return errors.Errorf("data: class of sample %d: got %d, want at least 0", i/positions, c)
		}
		if d.Classes != nil && c >= len(d.Classes) {
			return errors.Errorf("data: class of sample %d: got %d, want 0 to %d, which Classes names", i/positions, c, len(d.Classes)-1)
		}
	}
	return nil
}

// validateValues looks for floats that are not finite.
func validateValues(name string, t *tensor.Dense) error {
	switch v := t.Data().(type) {
	case []float32:
		return validateFinite(name, v, t.Shape()[0])
	case []float64:
		return validateFinite(name, v, t.Shape()[0])
	}
	return nil
}

func validateFinite[T float32 | float64](name string, values []T, rows int) error {
	width := len(values) / rows
	for i, v := range values {
		if v-v != 0 { // NaN, as of NaN and the infinities
			return errors.Errorf("data: %s of sample %d: got %v at position %d of its row, want a finite number (mend or drop the sample)",
				name, i/width, v, i%width)
		}
	}
	return nil
}
