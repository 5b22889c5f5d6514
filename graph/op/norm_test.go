package op_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A normRun holds the numbers of one normalisation y = xhat·gain + shift, forward and backward.
type normRun struct {
	axis       op.Axis
	rows, cols int
	x, gain    []float64
	dy         []float64
	y          []float64
	dx         []float64
	dgain      []float64
	dshift     []float64
}

func normalize(t *testing.T, axis op.Axis, eps float64, x *tensor.Dense) normRun {
	t.Helper()
	cols := x.Shape()[x.Dims()-1]
	in := inputs(x, randn(2, cols), randn(3, cols))
	y := must(t)(normalized(in[0], in[1], in[2], axis, eps))
	dy := randn(4, x.Shape()...)
	grads := grad(t, weigh(t, y, dy), in...)
	run(t, append(grads, y)...)
	return normRun{
		axis: axis, rows: x.Shape().TotalSize() / cols, cols: cols,
		x: x.Float64s(), gain: floats(t, in[1]), dy: dy.Float64s(),
		y: floats(t, y), dx: floats(t, grads[0]), dgain: floats(t, grads[1]), dshift: floats(t, grads[2]),
	}
}

// groups gives the indices of the elements that are normalised together.
func (r normRun) groups() (groups [][]int) {
	for g := range r.rows {
		var row []int
		for j := range r.cols {
			row = append(row, g*r.cols+j)
		}
		groups = append(groups, row)
	}
	if r.axis == op.OverFeatures {
		return groups
	}
	columns := make([][]int, r.cols)
	for _, row := range groups {
		for j, at := range row {
			columns[j] = append(columns[j], at)
		}
	}
	return columns
}

// moments are the mean and the biased variance of some elements.
func moments(x []float64, at []int) (mean, variance float64) {
	n := float64(len(at))
	for _, i := range at {
		mean += x[i] / n
	}
	for _, i := range at {
		variance += (x[i] - mean) * (x[i] - mean) / n
	}
	return mean, variance
}

// What is true of normalisations by algebra, with r = 1/sqrt(variance + eps) and g = dy·gain:
//
//	Σ dx = 0                                         the mean of a group cannot be moved
//	Σ dx·xhat = r·Σ g·xhat·eps/(variance + eps)      nor its scale, but for eps
//	dgain = Σ dy·xhat, dshift = Σ dy                 over the rows
//
// Sums are over a group: a feature or a row. The numbers are about 1, the tolerance is a hundred roundings.
func TestNormIdentities(t *testing.T) {
	const tolerance = 100 * 0x1p-52
	for _, axis := range []op.Axis{op.OverBatch, op.OverFeatures} {
		for _, eps := range []float64{0, 1e-5, 0.5} {
			for _, s := range []tensor.Shape{{4, 7}, {6, 3}, {2, 3, 4}} {
				t.Run(fmt.Sprint(axis, " ", eps, " ", s), func(t *testing.T) {
					r := normalize(t, axis, eps, randn(1, s...))
					dgain, dshift := make([]float64, r.cols), make([]float64, r.cols)
					for _, group := range r.groups() {
						mean, variance := moments(r.x, group)
						rstd := 1 / math.Sqrt(variance+eps)
						var sum, along, pull float64
						for _, at := range group {
							hat := (r.x[at] - mean) * rstd
							sum += r.dx[at]
							along += r.dx[at] * hat
							pull += r.dy[at] * r.gain[at%r.cols] * hat
							dgain[at%r.cols] += r.dy[at] * hat
							dshift[at%r.cols] += r.dy[at]
						}
						near(t, "sum of dx", sum, 0, tolerance)
						near(t, "sum of dx·xhat", along, rstd*pull*eps/(variance+eps), tolerance)
					}
					for j := range r.cols {
						near(t, "dgain", r.dgain[j], dgain[j], tolerance)
						near(t, "dshift", r.dshift[j], dshift[j], tolerance)
					}
				})
			}
		}
	}
}

// Each group of the output, before gain and shift, has mean 0 and variance variance/(variance + eps).
func TestNormalizedMoments(t *testing.T) {
	for _, axis := range []op.Axis{op.OverBatch, op.OverFeatures} {
		r := normalize(t, axis, 0.25, randn(1, 6, 5))
		in := inputs(randn(1, 6, 5), newTensor(tensor.Float64, []float64{1, 1, 1, 1, 1}, 5), newTensor(tensor.Float64, make([]float64, 5), 5))
		y := must(t)(normalized(in[0], in[1], in[2], axis, 0.25))
		run(t, y)
		for _, group := range r.groups() {
			_, variance := moments(r.x, group)
			gotMean, gotVariance := moments(floats(t, y), group)
			near(t, "mean", gotMean, 0, 1e-15)
			near(t, "variance", gotVariance, variance/(variance+0.25), 1e-15)
		}
	}
}

// Normalisation is invariant to the scale of the weight before it. With eps = 0 the gradient has no part along the weights:
// of each output unit (batch) or of the whole matrix (layer). Three times the weight has a third of the gradient. A bias
// before batch normalisation has no gradient at all.
func TestWeightBeforeNorm(t *testing.T) {
	const in, out = 5, 4
	x, w, b := randn(1, 8, in), randn(2, in, out), randn(3, out)
	tripled := w.Clone().(*tensor.Dense)
	for i := range tripled.Float64s() {
		tripled.Float64s()[i] *= 3
	}
	gradients := func(axis op.Axis, w *tensor.Dense) (dw, db []float64) {
		nodes := inputs(x, w, b, randn(4, out), randn(5, out))
		bias := nodes[2]
		if axis == op.OverFeatures { // a bias would be seen, unless it is the same for all features
			bias = nil
		}
		y := must(t)(normalized(must(t)(op.Linear(nodes[0], nodes[1], bias)), nodes[3], nodes[4], axis, 0))
		wrt := gorgonia.Nodes{nodes[1]}
		if bias != nil {
			wrt = append(wrt, bias)
		}
		grads := grad(t, weigh(t, y, randn(6, 8, out)), wrt...)
		run(t, grads...)
		if bias != nil {
			db = floats(t, grads[1])
		}
		return floats(t, grads[0]), db
	}
	const tolerance = 1000 * 0x1p-52 // the gradients are about 1, and so are the terms of the sums
	for _, axis := range []op.Axis{op.OverBatch, op.OverFeatures} {
		dw, db := gradients(axis, w)
		along := make([]float64, out)
		for i, g := range dw {
			along[i%out] += w.Float64s()[i] * g
		}
		if axis == op.OverFeatures {
			along = []float64{along[0] + along[1] + along[2] + along[3]}
		}
		for _, v := range along {
			near(t, fmt.Sprintf("over %v: <w, dw>", axis), v, 0, tolerance)
		}
		for _, v := range db {
			near(t, "gradient of the bias", v, 0, tolerance)
		}
		if slices.Max(dw) < 0.01 {
			t.Errorf("over %v: the gradient %v is too small to say anything", axis, dw)
		}
		third, _ := gradients(axis, tripled)
		for i, g := range third {
			near(t, "gradient of three times the weight", 3*g, dw[i], tolerance)
		}
	}
}

// With frozen statistics the rows, or features, are independent of each other: dx = dy·gain·rstd.
func TestFrozenNormGradient(t *testing.T) {
	for _, axis := range []op.Axis{op.OverBatch, op.OverFeatures} {
		in := inputs(randn(1, 4, 4), randn(2, 4), uniform(3, 4), randn(4, 4), randn(5, 4))
		y := must(t)(op.Normalize(in[0], in[1], in[2], in[3], in[4], axis, true))
		dy := randn(6, 4, 4)
		dx := grad(t, weigh(t, y, dy), in[0])[0]
		run(t, dx)
		rstd, gain := floats(t, in[2]), floats(t, in[3])
		for at, got := range floats(t, dx) {
			g := at % 4
			if axis == op.OverFeatures {
				g = at / 4
			}
			near(t, "dx", got, dy.Float64s()[at]*gain[at%4]*rstd[g], 4*0x1p-52*math.Abs(got))
		}
	}
}
