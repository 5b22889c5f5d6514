package data

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Column holds one value, or one row of values, of each sample.
type Column struct {
	Name string
	// Values is (N, ...) of float32, float64, int or bool.
	Values *tensor.Dense
}

// The names of X and Y.
const (
	inputName  = "input"
	targetName = "target"
)

// AllColumns lists the columns with X as "input" before them and Y as "target" after them, where these are not nil.
func (d *Dataset) AllColumns() []Column {
	list := make([]Column, 0, len(d.Columns)+2)
	if d.X != nil {
		list = append(list, Column{inputName, d.X})
	}
	list = append(list, d.Columns...)
	if d.Y != nil {
		list = append(list, Column{targetName, d.Y})
	}
	return list
}

// Column returns the values of the column with a name, as in [Dataset.AllColumns]; nil if there is none.
func (d *Dataset) Column(name string) *tensor.Dense {
	for _, c := range d.AllColumns() {
		if c.Name == name {
			return c.Values
		}
	}
	return nil
}

// FloatDtype is the type of the first column that holds floats; float32 if none does.
func (d *Dataset) FloatDtype() tensor.Dtype {
	for _, c := range d.AllColumns() {
		if dt := c.Values.Dtype(); isFloat(dt) {
			return dt
		}
	}
	return tensor.Float32
}

// title names the column in an error.
func (c Column) title() string {
	switch c.Name {
	case inputName:
		return "X"
	case targetName:
		return "Y"
	}
	return fmt.Sprintf("column %q", c.Name)
}

// validateColumns checks names, types and rows of Columns.
func (d *Dataset) validateColumns() error {
	taken := map[string]bool{inputName: d.X != nil, targetName: d.Y != nil}
	for i, c := range d.Columns {
		switch {
		case c.Name == "":
			return errors.Errorf("data: Columns[%d] has no name", i)
		case taken[c.Name]:
			return errors.Errorf("data: there are two columns %q (X has the name %q, Y the name %q)", c.Name, inputName, targetName)
		case c.Values == nil:
			return errors.Errorf("data: column %q is nil", c.Name)
		}
		taken[c.Name] = true
		if err := c.validate(d.Len()); err != nil {
			return err
		}
	}
	return nil
}

// validate checks one of Columns.
func (c Column) validate(rows int) error {
	shape := c.Values.Shape()
	switch dt := c.Values.Dtype(); dt {
	case tensor.Float32, tensor.Float64, tensor.Int, tensor.Bool:
	default:
		return errors.Errorf("data: type of column %q: got %v, want float32, float64, int or bool", c.Name, dt)
	}
	switch {
	case len(shape) == 0:
		return errors.Errorf("data: shape of column %q: got a scalar, want a sample axis", c.Name)
	case shape[0] != rows:
		return errors.Errorf("data: shape of column %q: got %v, %d rows, want %d, as in all columns", c.Name, shape, shape[0], rows)
	case shape.TotalSize() < 1:
		return errors.Errorf("data: column %q has shape %v; there is no sample in it", c.Name, shape)
	case isView(c.Values):
		return errors.Errorf("data: column %q is a transposed, strided, masked or column-major view; copy it row by row first", c.Name)
	}
	return nil
}
