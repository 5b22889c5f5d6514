package op

import (
	"fmt"
	"math"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// An Axis is what the statistics of a normalisation are taken over. A tensor x is read as rows of features, where the last axis
// holds the features and all other axes count as rows; or as images (batch, channels, ...), whose features are the channels.
type Axis int

// The axes; and see [OverGroups].
const (
	OverBatch    Axis = iota // batch normalisation: over the rows, one statistic for each feature
	OverFeatures             // layer normalisation: over the features, one statistic for each row
	OverImages               // batch normalisation of images: over the batch and all pixels, one statistic for each channel
)

// String is "batch", "features", "images" or, for example, "groups(4)".
func (a Axis) String() string {
	switch a {
	case OverBatch:
		return "batch"
	case OverFeatures:
		return "features"
	case OverImages:
		return "images"
	}
	if a.Groups() > 0 {
		return fmt.Sprintf("groups(%d)", a.Groups())
	}
	return fmt.Sprintf("axis(%d)", int(a))
}

// statShape is the shape of a statistic of x.
func (a Axis) statShape(x tensor.Shape) (tensor.Shape, error) {
	if a.ofImages() {
		l, err := a.layout(x)
		return tensor.Shape{l.Statistics()}, err
	}
	if a != OverBatch && a != OverFeatures {
		return nil, errors.Errorf("unknown axis: got %v, want OverBatch, OverFeatures, OverImages or OverGroups", a)
	}
	features, err := lastAxis([]tensor.Shape{x})
	if err != nil {
		return nil, err
	}
	if a == OverBatch {
		return features, nil
	}
	return tensor.Shape{x.TotalSize() / features[0]}, nil
}

// features is the number of features of x, which has the dimensions that statShape wants.
func (a Axis) features(x tensor.Shape) int {
	if a.ofImages() {
		return x[1]
	}
	return x[len(x)-1]
}

// Mean is the mean of x over an axis: of each feature, each row, or each group of channels.
func Mean(x *gorgonia.Node, axis Axis) (*gorgonia.Node, error) {
	o := &Op{
		name:    fmt.Sprintf("mean(over %v)", axis),
		spec:    Spec{Kind: KindMean, Over: axis},
		types:   []hm.Type{tensorOf(dimsOf(x)), tensorOf(1)},
		shape:   func(in []tensor.Shape) (tensor.Shape, error) { return axis.statShape(in[0]) },
		kernel:  kernels{mean[float32](axis), mean[float64](axis)},
		blocked: axis.blocking(blockedStatistic(func(mean, _, _ float64) float64 { return mean })),
	}
	return o.apply(x)
}

func mean[T Float](axis Axis) func(*call[T]) error {
	if axis.ofImages() {
		return func(c *call[T]) error {
			channelNorm(c, axis, c.shapes[0]).Means(c.out, c.in[0])
			return nil
		}
	}
	f := kernel.RowMeans[T]
	if axis == OverBatch {
		f = kernel.ColumnMeans[T]
	}
	return func(c *call[T]) error {
		f(c.flushed, c.out, c.in[0])
		return nil
	}
}

// RStd is 1/sqrt(variance + eps) of x over an axis, with the biased variance (divided by n), about a mean from [Mean].
func RStd(x, mean *gorgonia.Node, axis Axis, eps float64) (*gorgonia.Node, error) {
	if err := checkEps(eps); err != nil {
		return nil, errors.Wrap(err, "rstd")
	}
	name := fmt.Sprintf("rstd(over %v, eps=%v)", axis, eps)
	form := axis.blocking(blockedStatistic(func(_, variance, _ float64) float64 { return 1 / math.Sqrt(variance+eps) }))
	return spread(name, Spec{Kind: KindRStd, Over: axis, Eps: eps}, x, mean, 1, kernels{rstd[float32](axis, eps), rstd[float64](axis, eps)}, form)
}

func checkEps(eps float64) error {
	if !(eps >= 0) {
		return errors.Errorf("got eps %v, want a number of at least 0", eps)
	}
	return nil
}

// UnbiasedVar is the variance of each feature of x over the batch, or over images, divided by n-1, about a mean from [Mean]. It needs
// at least two elements for each feature.
func UnbiasedVar(x, mean *gorgonia.Node, axis Axis) (*gorgonia.Node, error) {
	if axis != OverBatch && axis != OverImages {
		return nil, errors.Errorf("unbiased_variance: got axis %v, want OverBatch or OverImages", axis)
	}
	name := fmt.Sprintf("unbiased_variance(over %v)", axis)
	form := axis.blocking(blockedStatistic(func(_, variance, n float64) float64 { return variance * n / (n - 1) }))
	return spread(name, Spec{Kind: KindVariance, Over: axis}, x, mean, 2, kernels{unbiasedVar[float32](axis), unbiasedVar[float64](axis)}, form)
}

// spread draws a function of the sums of squares about the mean. A sum of fewer than least squares is an error.
func spread(name string, spec Spec, x, mean *gorgonia.Node, least int, k kernels, form blocking) (*gorgonia.Node, error) {
	o := &Op{
		name:  name,
		spec:  spec,
		types: []hm.Type{tensorOf(dimsOf(x)), tensorOf(1), tensorOf(1)},
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			want, err := spec.Over.statShape(in[0])
			switch {
			case err != nil:
				return nil, err
			case !in[1].Eq(want):
				return nil, errors.Errorf("mean: got shape %v, want %v for x %v", in[1], want, in[0])
			case in[0].TotalSize() < least*want[0]:
				return nil, errors.Errorf("x: got shape %v, want at least %d elements in each mean (one sample has no variance)", in[0], least)
			}
			return want, nil
		},
		kernel:  k,
		blocked: form,
	}
	return o.apply(x, mean)
}

func rstd[T Float](axis Axis, eps float64) func(*call[T]) error {
	if axis.ofImages() {
		return func(c *call[T]) error {
			channelNorm(c, axis, c.shapes[0]).RStds(c.out, c.in[0], c.in[1], eps)
			return nil
		}
	}
	f := kernel.RowRStd[T]
	if axis == OverBatch {
		f = kernel.ColumnRStd[T]
	}
	return func(c *call[T]) error {
		f(c.flushed, c.out, c.in[0], c.in[1], eps)
		return nil
	}
}

func unbiasedVar[T Float](axis Axis) func(*call[T]) error {
	return func(c *call[T]) error {
		if axis.ofImages() {
			channelNorm(c, axis, c.shapes[0]).Variances(c.out, c.in[0], c.in[1])
			return nil
		}
		rows, _ := c.rows(0)
		kernel.ColumnVars(c.flushed, c.out, c.in[0], c.in[1], float64(rows-1))
		return nil
	}
}

// RStdOf is 1/sqrt(variance + eps) of a given variance. Its gradient: -dy·y³/2.
func RStdOf(variance *gorgonia.Node, eps float64) (*gorgonia.Node, error) {
	if err := checkEps(eps); err != nil {
		return nil, errors.Wrap(err, "rstd_of")
	}
	o := &Op{
		name:    fmt.Sprintf("rstd_of(eps=%v)", eps),
		spec:    Spec{Kind: KindRStd, Eps: eps},
		types:   repeat(dimsOf(variance), 1),
		shape:   sameShapes,
		kernel:  kernels{rstdOf[float32](eps), rstdOf[float64](eps)},
		inPlace: []int{0},
		grad:    rstdOfGradient,
	}
	return o.apply(variance)
}

func rstdOfGradient(_ gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
	d := dy
	var err error
	for range 3 {
		if d, err = Mul(d, y); err != nil {
			return nil, err
		}
	}
	d, err = Scale(d, -0.5)
	return gorgonia.Nodes{d}, err
}

func rstdOf[T Float](eps float64) func(*call[T]) error {
	return func(c *call[T]) error {
		for i, v := range c.in[0] {
			c.out[i] = T(1 / math.Sqrt(float64(v)+eps))
		}
		return nil
	}
}
