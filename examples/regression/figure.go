package main

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/examples/internal/guide"
)

// draw makes the figure: the known points, the curve they were taken from, and the network's output.
func draw(out string, known *data.Dataset, x, y *tensor.Dense) error {
	truth := guide.Line{Name: "the curve", Color: guide.Gray, Style: guide.Dashed, X: numbers(x)}
	for _, at := range truth.X {
		truth.Y = append(truth.Y, curve(at))
	}
	return guide.Figure{
		Title:  "Regression: a curve learnt from 200 noisy points",
		XLabel: "x", YLabel: "y", XTicks: []float64{-3, -2, -1, 0, 1, 2, 3},
		Lines: []guide.Line{
			{Name: "known points", Color: guide.Orange, Style: guide.Points, X: numbers(known.X), Y: numbers(known.Y)},
			truth,
			{Name: "the network", Color: guide.Blue, Style: guide.Smooth, X: numbers(x), Y: numbers(y)},
		},
	}.Save(out, "regression.png")
}

func numbers(t *tensor.Dense) []float64 {
	values := make([]float64, 0, t.Size())
	for _, v := range t.Float32s() {
		values = append(values, float64(v))
	}
	return values
}
