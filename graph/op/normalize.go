package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Normalize is y = xhat·gain + shift with xhat = (x - mean)·rstd. Mean and rstd are statistics over the axis, gain and
// shift have one element for each feature.
//
// Unless frozen is set, mean and rstd must be the statistics of x, from [Mean] and [RStd], and the gradient of x includes the
// paths through them: with g = dy·gain,
//
//	dx = rstd·(g - mean(g) - xhat·mean(g·xhat))        (Ioffe & Szegedy 2015, sec. 3)
//
// If frozen is set, mean and rstd are constants, as in evaluation, and dx = rstd·g. In both cases dgain is the sum of dy·xhat
// over the rows and dshift the sum of dy. Over a batch of n rows, or images of n pixels, the two means are gain·dshift/n and
// gain·dgain/n, so that dx is computed from dgain and dshift.
func Normalize(x, mean, rstd, gain, shift *gorgonia.Node, axis Axis, frozen bool) (*gorgonia.Node, error) {
	matrix, vector := tensorOf(dimsOf(x)), tensorOf(1)
	o := &Op{
		name:    fmt.Sprintf("normalize(over %v, frozen=%v)", axis, frozen),
		spec:    Spec{Kind: KindNormalize, Over: axis, Frozen: frozen},
		types:   []hm.Type{matrix, vector, vector, vector, vector, matrix},
		shape:   likeFirst(normShapes(axis, "ssff")),
		kernel:  kernels{normalize[float32](axis), normalize[float64](axis)},
		blocked: axis.blocking(blockedNormalize),
		inPlace: []int{0},
		wrt:     []bool{true, false, false, true, true},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			return normalizeGrads(in, dy, axis, frozen)
		},
	}
	return o.apply(x, mean, rstd, gain, shift)
}

// normShapes gives the shapes of the inputs that are read with x, by letter: x is the shape of x, s that of a statistic over the
// axis, and f a vector with an element for each feature.
func normShapes(axis Axis, letters string) func(x tensor.Shape) ([]tensor.Shape, error) {
	return func(x tensor.Shape) (shapes []tensor.Shape, err error) {
		stat, err := axis.statShape(x)
		if err != nil {
			return nil, err
		}
		of := map[rune]tensor.Shape{'x': x, 's': stat, 'f': {axis.features(x)}}
		for _, letter := range letters {
			shapes = append(shapes, of[letter])
		}
		return shapes, nil
	}
}

// normalizeGrads draws the gradients of x, gain and shift.
func normalizeGrads(in gorgonia.Nodes, dy *gorgonia.Node, axis Axis, frozen bool) (gorgonia.Nodes, error) {
	x, mean, rstd, gain := in[0], in[1], in[2], in[3]
	dgain, err := normalizeDGain(x, mean, rstd, dy, axis)
	if err != nil {
		return nil, err
	}
	sum := SumRows
	if axis.ofImages() {
		sum = sumChannels
	}
	dshift, err := sum(dy)
	if err != nil {
		return nil, err
	}
	args, letters := gorgonia.Nodes{dy, x, mean, rstd, gain}, "xssf"
	switch {
	case frozen:
		args, letters = gorgonia.Nodes{dy, rstd, gain}, "sf"
	case axis == OverBatch || axis == OverImages:
		args, letters = append(args, dgain, dshift), "xssfff"
	}
	dx, err := normalizeDX(args, letters, axis, frozen)
	return gorgonia.Nodes{dx, nil, nil, dgain, dshift}, err
}

// normalizeDGain draws the sum of dy·xhat over the rows.
func normalizeDGain(x, mean, rstd, dy *gorgonia.Node, axis Axis) (*gorgonia.Node, error) {
	matrix, vector := tensorOf(dimsOf(x)), tensorOf(1)
	o := &Op{
		name:  fmt.Sprintf("normalize_gain_backward(over %v)", axis),
		spec:  Spec{Kind: KindGradient},
		types: []hm.Type{matrix, vector, vector, matrix, vector},
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			if _, err := likeFirst(normShapes(axis, "ssx"))(in); err != nil {
				return nil, err
			}
			return tensor.Shape{axis.features(in[0])}, nil
		},
		kernel:  kernels{dgainKernel[float32](axis), dgainKernel[float64](axis)},
		blocked: axis.blocking(blockedDGain),
	}
	return o.apply(x, mean, rstd, dy)
}

// normalizeDX draws the gradient of x. It reads dy and further nodes; see normShapes for the letters.
func normalizeDX(in gorgonia.Nodes, letters string, axis Axis, frozen bool) (*gorgonia.Node, error) {
	o := &Op{
		name:    fmt.Sprintf("normalize_backward(over %v, frozen=%v)", axis, frozen),
		spec:    Spec{Kind: KindGradient},
		shape:   likeFirst(normShapes(axis, letters)),
		kernel:  kernels{dxKernel[float32](axis, frozen), dxKernel[float64](axis, frozen)},
		blocked: axis.blocking(blockedNormalizeDX(frozen)),
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
