package data

import "github.com/pkg/errors"

// Reshape returns d with samples of another shape: 1, 28, 28 for images of one channel, or 784 for dense layers. The values keep
// their row-major order. It shares memory with d.
func (d *Dataset) Reshape(sample ...int) (*Dataset, error) {
	if err := d.validateMeasured(); err != nil {
		return nil, err
	}
	size := 1
	for _, s := range sample {
		if s < 1 {
			return nil, errors.Errorf("data: shape of a sample: got %v, want positive sizes", sample)
		}
		size *= s
	}
	if len(sample) == 0 || size != d.width() {
		return nil, errors.Errorf("data: shape of a sample: got %v, want %d values, as in X of shape %v", sample, d.width(), d.X.Shape())
	}
	x := rows(d.X, 0, d.Len())
	if err := x.Reshape(append([]int{d.Len()}, sample...)...); err != nil {
		return nil, errors.Wrap(err, "data: X")
	}
	return &Dataset{X: x, Y: d.Y, Columns: d.Columns, Classes: d.Classes}, nil
}

// Flatten returns d with each sample as a row: X is (N, values), as dense layers read it. It shares memory with d.
func (d *Dataset) Flatten() (*Dataset, error) {
	if err := d.validateMeasured(); err != nil {
		return nil, err
	}
	return d.Reshape(d.width())
}
