package vanishing

import (
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// maxSquares bounds the number of groups of samples, by size, that theory distinguishes.
const maxSquares = 16

// rowSquares returns the mean squares of the rows of a batch in ascending order, averaged over at most maxSquares groups of
// about equally many rows.
func rowSquares(v gorgonia.Value) []float64 {
	shape := v.Shape()
	if isFloat := v.Dtype() == tensor.Float32 || v.Dtype() == tensor.Float64; len(shape) < 2 || !isFloat {
		return nil
	}
	single, double := elements(v)
	if single != nil {
		return grouped(squaresOf(single, shape[0]))
	}
	return grouped(squaresOf(double, shape[0]))
}

func squaresOf[T kernel.Float](x []T, rows int) []float64 {
	list, cols := make([]float64, rows), len(x)/rows
	for i, v := range x {
		list[i/cols] += float64(v) * float64(v) / float64(cols)
	}
	slices.Sort(list)
	return list
}

// grouped averages sorted numbers over at most maxSquares groups of neighbours.
func grouped(list []float64) []float64 {
	n := min(len(list), maxSquares)
	groups := make([]float64, n)
	for g := range groups {
		part := list[g*len(list)/n : (g+1)*len(list)/n]
		for _, v := range part {
			groups[g] += v / float64(len(part))
		}
	}
	return groups
}
