package main

import (
	"fmt"
	"io"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/examples/internal/guide"
	"github.com/gradflow/gradflow/graph"
)

// descend takes one step w - α·dL/dw from the same weights for each of many learning rates. It compares the loss after the
// step with the loss that the gradient promises: L - α·||dL/dw||².
func descend(w io.Writer, program *graph.Program, x, y *tensor.Dense, out string) error {
	start, gradient, square := snapshot(program)
	loss := program.LossValue()
	fmt.Fprintf(w, "\nloss %.4f, squared length of the gradient %.4f\n", loss, square)
	fmt.Fprintf(w, "%6s %10s %10s\n", "α", "promised", "measured")
	promised := guide.Line{Name: "promised by\nthe gradient", Color: guide.Gray, Style: guide.Dashed}
	measured := guide.Line{Name: "measured", Color: guide.Blue}
	for exponent := -2.0; exponent <= 1; exponent += 0.125 {
		α := math.Pow(10, exponent)
		for i, p := range program.Weights {
			for j := range start[i] {
				p.Value.Float64s()[j] = start[i][j] - α*gradient[i][j]
			}
		}
		if err := program.Run(x, y); err != nil {
			return err
		}
		if exponent == math.Trunc(exponent) {
			fmt.Fprintf(w, "%6g %10.4f %10.4f\n", α, loss-α*square, program.LossValue())
		}
		measured.X, measured.Y = append(measured.X, α), append(measured.Y, program.LossValue())
		promised.X, promised.Y = append(promised.X, α), append(promised.Y, max(loss-α*square, 0))
	}
	return guide.Figure{
		Title:  "Gradient descent: the loss after one step from the same weights",
		XLabel: "learning rate α", YLabel: "loss", LogX: true, YMin: 0.5, YMax: 2.5, YTicks: []float64{0.5, 1, 1.5, 2, 2.5},
		Lines: []guide.Line{promised, measured},
	}.Save(out, "descent.png")
}

// snapshot copies parameters and gradients, and adds up the gradient's square.
func snapshot(program *graph.Program) (params, gradients [][]float64, square float64) {
	for _, p := range program.Weights {
		g := slices.Clone(p.Grad.Value().(*tensor.Dense).Float64s())
		for _, v := range g {
			square += v * v
		}
		params, gradients = append(params, slices.Clone(p.Value.Float64s())), append(gradients, g)
	}
	return params, gradients, square
}
