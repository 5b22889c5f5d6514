package data

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// classOfEach gives the class of each sample: of int, or the largest value of a one-hot row.
func (d *Dataset) classOfEach() ([]int, error) {
	if d.Y == nil {
		return nil, errors.New("got no Y, want the class of each sample")
	}
	if classes, ok := d.Y.Data().([]int); ok && d.Y.Dims() == 1 {
		return classes, d.validateClasses(classes)
	}
	shape := d.Y.Shape()
	if len(shape) != 2 || shape[1] < 2 {
		return nil, errors.Errorf("got Y of shape %v of %v, want classes of int, or one-hot rows", shape, d.Y.Dtype())
	}
	classes, row := make([]int, shape[0]), make([]float64, shape[1])
	for i := range classes {
		readRow(row, d.Y, i)
		classes[i] = slices.Index(row, slices.Max(row))
	}
	return classes, nil
}

// ClassCounts is the number of samples of each class, by its number. Y must hold classes, as numbers or one-hot rows.
func (d *Dataset) ClassCounts() ([]int, error) {
	if err := d.validateLayout(); err != nil {
		return nil, err
	}
	classes, err := d.classOfEach()
	if err != nil {
		return nil, errors.Wrap(err, "data: counts of classes")
	}
	known := len(d.Classes)
	if d.Y.Dtype() != tensor.Int {
		known = d.Y.Shape()[1]
	}
	counts := make([]int, max(known, slices.Max(classes)+1))
	for _, c := range classes {
		counts[c]++
	}
	return counts, nil
}

// ClassWeights are weights that give each class the same sum over the samples: n/(k·n_c) for a class of n_c samples, of n
// samples and k classes. They are for graph.CrossEntropy.Weights. A class without samples is an error.
func (d *Dataset) ClassWeights() ([]float64, error) {
	counts, err := d.ClassCounts()
	if err != nil {
		return nil, err
	}
	weights := make([]float64, len(counts))
	for c, n := range counts {
		if n == 0 {
			return nil, errors.Errorf("data: weights of classes: got no sample of class %d of %d, want at least one of each", c, len(counts))
		}
		weights[c] = float64(d.Len()) / float64(len(counts)*n)
	}
	return weights, nil
}
