package vanishing

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// likeness returns the mean square of the elements of a batch, and the average cosine between two different rows: their average
// product over the average square of a row.
func likeness(v gorgonia.Value) (meanSquare, cosine float64) {
	shape := v.Shape()
	if isFloat := v.Dtype() == tensor.Float32 || v.Dtype() == tensor.Float64; len(shape) < 2 || !isFloat {
		return 0, 0
	}
	single, double := elements(v)
	if single != nil {
		return likenessOf(single, shape[0])
	}
	return likenessOf(double, shape[0])
}

func likenessOf[T kernel.Float](x []T, rows int) (meanSquare, cosine float64) {
	cols := len(x) / rows
	sums := make([]float64, cols)
	squares := 0.0
	for i, v := range x {
		sums[i%cols] += float64(v)
		squares += float64(v) * float64(v)
	}
	all := 0.0
	for _, s := range sums {
		all += s * s
	}
	if rows < 2 || squares == 0 {
		return squares / float64(len(x)), 0
	}
	return squares / float64(len(x)), min(1, max(-1, (all/squares-1)/float64(rows-1)))
}

// imageStatistics describes the images of a batch, of the given sides, whose shape may be (batch, channels·height·width).
func imageStatistics(v gorgonia.Value, height, width int) *theory.Image {
	single, double := elements(v)
	if single != nil {
		double = make([]float64, len(single))
		for i, x := range single {
			double[i] = float64(x)
		}
	}
	return theory.ImageOf(double, v.Shape()[0], height, width)
}

// overlap is the average squared cosine between two different rows of a batch, weighted by their sizes. With G the products of
// all pairs of rows, Σ G²/(Σ |row|²)² is 1/rows for orthogonal rows and 1 for parallel ones; overlap maps this range to [0, 1].
func overlap(v gorgonia.Value) float64 {
	shape := v.Shape()
	if len(shape) < 2 || shape[0] < 2 {
		return 0
	}
	single, double := elements(v)
	if single != nil {
		return overlapOf(single, shape[0])
	}
	return overlapOf(double, shape[0])
}

func overlapOf[T kernel.Float](x []T, rows int) float64 {
	cols := len(x) / rows
	x, rows = someRows(x, rows, cols)
	trace, squares := 0.0, 0.0
	for b := range rows {
		for c := range b + 1 {
			dot := 0.0
			for i := range cols {
				dot += float64(x[b*cols+i]) * float64(x[c*cols+i])
			}
			if squares += 2 * dot * dot; b == c {
				squares -= dot * dot
				trace += dot
			}
		}
	}
	if trace == 0 {
		return 0
	}
	share, n := squares/(trace*trace), float64(rows) // from 1/n to 1
	return min(1, max(0, (share*n-1)/(n-1)))
}

// Bounds of the pairs of rows whose overlap is measured: rows are samples, or the tokens of all samples.
const (
	mostProducts         = 1e8 // of numbers
	fewestRows, mostRows = 64, 512
)

// someRows picks evenly spaced rows if there are so many that all pairs would take long.
func someRows[T kernel.Float](x []T, rows, cols int) ([]T, int) {
	n := min(max(int(math.Sqrt(2*mostProducts/float64(cols))), fewestRows), mostRows)
	if rows <= n {
		return x, rows
	}
	picked := make([]T, 0, n*cols)
	for i := range n {
		at := i * rows / n
		picked = append(picked, x[at*cols:(at+1)*cols]...)
	}
	return picked, n
}

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
