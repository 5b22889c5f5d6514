package main

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// A network of two layers, as matrices: softmax(tanh(x·w1 + b1)·w2 + b2).
type network struct{ w1, b1, w2, b2 *mat.Dense }

// gradient is the gradient of the cross-entropy, averaged over the rows of x, by the chain rule. The rows of y are one-hot.
func (n network) gradient(x, y *mat.Dense) network {
	// Forward. Keep what the backward pass needs.
	z1 := linear(x, n.w1, n.b1)
	a1 := each(z1, math.Tanh)
	z2 := linear(a1, n.w2, n.b2)
	p := softmax(z2)

	// Backward. Each line is one application of the chain rule. The name dv stands for dL/dv.
	dz2 := scale(1/float64(rows(x)), sub(p, y))
	dw2 := mul(a1.T(), dz2)
	db2 := columnSums(dz2)
	da1 := mul(dz2, n.w2.T())
	dz1 := times(da1, each(a1, func(a float64) float64 { return 1 - a*a })) // tanh' = 1 - tanh²
	dw1 := mul(x.T(), dz1)
	db1 := columnSums(dz1)
	return network{dw1, db1, dw2, db2}
}

// linear is x·w + b, with the row b added to each row.
func linear(x, w, b *mat.Dense) *mat.Dense {
	z := mul(x, w)
	z.Apply(func(_, j int, v float64) float64 { return v + b.At(0, j) }, z)
	return z
}

// softmax turns each row into probabilities.
func softmax(z *mat.Dense) *mat.Dense {
	p := each(z, math.Exp)
	for i := range rows(p) {
		row := mat.Row(nil, i, p)
		sum := 0.0
		for _, v := range row {
			sum += v
		}
		for j, v := range row {
			p.Set(i, j, v/sum)
		}
	}
	return p
}

// columnSums is the row of the sums of columns.
func columnSums(a *mat.Dense) *mat.Dense {
	_, width := a.Dims()
	sums := mat.NewDense(1, width, nil)
	a.Apply(func(_, j int, v float64) float64 {
		sums.Set(0, j, sums.At(0, j)+v)
		return v
	}, a)
	return sums
}

func mul(a, b mat.Matrix) *mat.Dense   { return with(func(c *mat.Dense) { c.Mul(a, b) }) }
func sub(a, b mat.Matrix) *mat.Dense   { return with(func(c *mat.Dense) { c.Sub(a, b) }) }
func times(a, b mat.Matrix) *mat.Dense { return with(func(c *mat.Dense) { c.MulElem(a, b) }) }

func scale(f float64, a mat.Matrix) *mat.Dense { return with(func(c *mat.Dense) { c.Scale(f, a) }) }

func each(a mat.Matrix, f func(float64) float64) *mat.Dense {
	return with(func(c *mat.Dense) { c.Apply(func(_, _ int, v float64) float64 { return f(v) }, a) })
}

func with(fill func(*mat.Dense)) *mat.Dense {
	var c mat.Dense
	fill(&c)
	return &c
}

func rows(a mat.Matrix) int {
	n, _ := a.Dims()
	return n
}
