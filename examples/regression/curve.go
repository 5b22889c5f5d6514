package main

import (
	"math"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// curve is the function to learn. The network sees it at points between -2 and 2 only, and with noise.
func curve(x float64) float64 { return math.Sin(math.Pi*x) + x/2 }

const noise = 0.2 // standard deviation

// measure makes n noisy points of the curve.
func measure(rng *rand.Rand, n int) *data.Dataset {
	x, y := make([]float32, n), make([]float32, n)
	for i := range x {
		at := -2 + 4*rng.Float64()
		x[i], y[i] = float32(at), float32(curve(at)+noise*rng.NormFloat64())
	}
	return &data.Dataset{
		X: tensor.New(tensor.WithShape(n, 1), tensor.WithBacking(x)),
		Y: tensor.New(tensor.WithShape(n, 1), tensor.WithBacking(y)),
	}
}
