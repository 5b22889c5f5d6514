package op

import "github.com/pkg/errors"

// maxDims is the number of dimensions that broadcast and reducing ops can take.
const maxDims = 8

// axes is a set of axes of a tensor: bit i is axis i.
type axes uint

// newAxes makes a set from a list of axes of a tensor with dims dimensions. An empty list means all axes.
func newAxes(list []int, dims int) (set axes, err error) {
	if dims > maxDims {
		return 0, errors.Errorf("input 0: got %d dimensions, want at most %d", dims, maxDims)
	}
	for _, axis := range list {
		if axis < 0 || axis >= dims {
			return 0, errors.Errorf("got axis %d, want 0 to %d", axis, dims-1)
		}
		if set.has(axis) {
			return 0, errors.Errorf("got axis %d twice, want each axis once", axis)
		}
		set |= 1 << axis
	}
	if len(list) == 0 {
		set = 1<<dims - 1
	}
	return set, nil
}

func (a axes) has(axis int) bool { return a>>axis&1 == 1 }

// list gives the axes in order.
func (a axes) list() (list []int) {
	for axis := range maxDims {
		if a.has(axis) {
			list = append(list, axis)
		}
	}
	return list
}
