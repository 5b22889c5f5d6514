package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Normalize is y = xhat·gain + shift with xhat = (x - mean)·rstd. Mean and rstd are statistics over the axis, gain and
// shift have one element for each feature.
//
// Unless frozen, mean and rstd must be those of x itself, from [Mean] and [RStd], and the gradient of x has the paths
// through them in it: with g = dy·gain,
//
//	dx = rstd·(g - mean(g) - xhat·mean(g·xhat))        (Ioffe & Szegedy 2015, sec. 3)
//
// Frozen, they are numbers given from outside, as in evaluation, and dx = rstd·g. In both cases dgain is the sum of
// dy·xhat over the rows and dshift that of dy. Over a batch of n rows the two means are gain·dshift/n and gain·dgain/n,
// so that dx is computed from dgain and dshift.
func Normalize(x, mean, rstd, gain, shift *gorgonia.Node, axis Axis, frozen bool) (*gorgonia.Node, error) {
	matrix, vector := tensorOf(dimsOf(x)), tensorOf(1)
	o := &Op{
		name:    fmt.Sprintf("normalize(over %v, frozen=%v)", axis, frozen),
		types:   []hm.Type{matrix, vector, vector, vector, vector, matrix},
		shape:   normalizeShape(axis),
		kernel:  kernel{normalize[float32](axis), normalize[float64](axis)},
		inPlace: []int{0},
		wrt:     []bool{true, false, false, true, true},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			return normalizeGrads(in, dy, axis, frozen)
		},
	}
	return o.apply(x, mean, rstd, gain, shift)
}

func normalizeShape(axis Axis) shapeRule {
	return func(in []tensor.Shape) (tensor.Shape, error) {
		x := in[0]
		stat, err := axis.statShape(x)
		if err != nil {
			return nil, err
		}
		features := tensor.Shape{x[len(x)-1]}
		for i, want := range []tensor.Shape{x, stat, stat, features, features} {
			if !in[i].Eq(want) {
				return nil, errors.Errorf("input %d has shape %v, expected %v for x %v", i, in[i], want, x)
			}
		}
		return x.Clone(), nil
	}
}

// normalizeGrads draws the gradients of x, gain and shift.
func normalizeGrads(in gorgonia.Nodes, dy *gorgonia.Node, axis Axis, frozen bool) (gorgonia.Nodes, error) {
	x, mean, rstd, gain := in[0], in[1], in[2], in[3]
	dgain, err := normalizeDGain(x, mean, rstd, dy, axis)
	if err != nil {
		return nil, err
	}
	dshift, err := SumRows(dy)
	if err != nil {
		return nil, err
	}
	args := gorgonia.Nodes{dy, x, mean, rstd, gain}
	switch {
	case frozen:
		args = gorgonia.Nodes{dy, rstd, gain}
	case axis == OverBatch:
		args = append(args, dgain, dshift)
	}
	dx, err := normalizeDX(args, axis, frozen)
	return gorgonia.Nodes{dx, nil, nil, dgain, dshift}, err
}

// normalizeDGain draws the sum of dy·xhat over the rows.
func normalizeDGain(x, mean, rstd, dy *gorgonia.Node, axis Axis) (*gorgonia.Node, error) {
	matrix, vector := tensorOf(dimsOf(x)), tensorOf(1)
	o := &Op{
		name:   fmt.Sprintf("normalize_gain_backward(over %v)", axis),
		types:  []hm.Type{matrix, vector, vector, matrix, vector},
		shape:  lastAxis,
		kernel: kernel{dgainKernel[float32](axis), dgainKernel[float64](axis)},
	}
	return o.apply(x, mean, rstd, dy)
}

// normalizeDX draws the gradient of x. The first of the nodes that it reads is dy.
func normalizeDX(in gorgonia.Nodes, axis Axis, frozen bool) (*gorgonia.Node, error) {
	o := &Op{
		name:    fmt.Sprintf("normalize_backward(over %v, frozen=%v)", axis, frozen),
		shape:   func(in []tensor.Shape) (tensor.Shape, error) { return in[0].Clone(), nil },
		kernel:  kernel{dxKernel[float32](axis, frozen), dxKernel[float64](axis, frozen)},
		inPlace: []int{0, 1},
	}
	if frozen {
		o.inPlace = []int{0}
	}
	for _, n := range append(in[:len(in):len(in)], in[0]) {
		o.types = append(o.types, tensorOf(n.Dims()))
	}
	return o.apply(in...)
}
