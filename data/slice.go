package data

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Subset returns the first n samples. It shares memory with d.
//
// The samples keep their order. In the embedded Fashion-MNIST sample the classes alternate, so that any first n are balanced
// to within one sample a class. Other files need not be balanced.
func (d *Dataset) Subset(n int) (*Dataset, error) {
	if n < 1 || n > d.Len() {
		return nil, errors.Errorf("data: size of a subset: got %d, want 1 to %d samples", n, d.Len())
	}
	return d.Slice(0, n)
}

// Slice returns samples from up to but not including to, at least one. It shares memory with d.
func (d *Dataset) Slice(from, to int) (*Dataset, error) {
	if err := d.validateLayout(); err != nil {
		return nil, err
	}
	if from < 0 || to > d.Len() || from >= to {
		return nil, errors.Errorf("data: slice: got samples [%d, %d), want at least one of [0, %d)", from, to, d.Len())
	}
	part := &Dataset{X: rows(d.X, from, to), Y: rows(d.Y, from, to), Classes: d.Classes}
	for _, c := range d.Columns {
		part.Columns = append(part.Columns, Column{c.Name, rows(c.Values, from, to)})
	}
	return part, nil
}

// OneHot returns d with its classes as one-hot rows: Y (N) becomes (N, len(Classes)) of X's type, 1 in the column of the
// sample's class and 0 elsewhere. It shares X and Columns with d.
func (d *Dataset) OneHot() (*Dataset, error) {
	if err := d.validateLayout(); err != nil {
		return nil, err
	}
	if d.Y == nil {
		return nil, errors.New("data: one-hot targets: got no Y, want classes of type int")
	}
	classes, ok := d.Y.Data().([]int)
	if !ok || d.Y.Dims() != 1 {
		return nil, errors.Errorf("data: one-hot targets: got Y of shape %v of %v, want (%d) classes of type int", d.Y.Shape(), d.Y.Dtype(), d.Len())
	}
	if len(d.Classes) == 0 {
		return nil, errors.New("data: one-hot targets: the number of classes is not known (set Classes)")
	}
	if err := d.validateClasses(classes); err != nil {
		return nil, err
	}
	y := oneHot[float64]
	if d.X != nil && d.X.Dtype() == tensor.Float32 {
		y = oneHot[float32]
	}
	return &Dataset{X: d.X, Y: y(classes, len(d.Classes)), Columns: d.Columns, Classes: d.Classes}, nil
}

func oneHot[T float32 | float64](classes []int, k int) *tensor.Dense {
	hot := make([]T, len(classes)*k)
	for i, c := range classes {
		hot[i*k+c] = 1
	}
	return tensor.New(tensor.WithShape(len(classes), k), tensor.WithBacking(hot))
}

// rows returns rows [from, to) of t, sharing its memory; nil for nil. Unlike Dense.Slice it keeps the sample axis when there is
// one row.
func rows(t *tensor.Dense, from, to int) *tensor.Dense {
	if t == nil {
		return nil
	}
	shape := t.Shape().Clone()
	width := shape.TotalSize() / shape[0]
	shape[0] = to - from
	from, to = from*width, to*width
	var part any
	switch v := t.Data().(type) {
	case []float32:
		part = v[from:to:to]
	case []float64:
		part = v[from:to:to]
	case []int:
		part = v[from:to:to]
	case []bool:
		part = v[from:to:to]
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(part))
}
