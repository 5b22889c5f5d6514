package main

import (
	"fmt"
	"io"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data/sequences"
	"github.com/gradflow/gradflow/examples/internal/guide"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/rnn"
)

// recurrent is a stack of recurrent layers. With skips each layer but the first adds its input to its output.
func recurrent(cell rnn.Cell, layers int, skips bool) graph.Model {
	return rnn.Classifier{Outputs: 1, Config: rnn.Config{Cell: cell, Units: 32, Layers: layers, Residual: skips}}
}

// recurrence compares stacks of recurrent layers on the adding problem of 20 steps.
func recurrence(w io.Writer, out string) error {
	adding, err := sequences.Adding{Length: 20, Seed: 1}.Dataset(32, tensor.Float64)
	if err != nil {
		return err
	}
	batch := task{adding.X, adding.Y, graph.MSE{}}
	network := func(cell rnn.Cell, skips bool) func(int) ([]float64, error) {
		return func(layers int) ([]float64, error) {
			var names []string
			for k := range layers {
				names = append(names, fmt.Sprintf("/weight_ih_l%d", k))
			}
			return batch.gradients(recurrent(cell, layers, skips), names...)
		}
	}
	layers := []int{2, 4, 8, 12}
	fmt.Fprintln(w)
	heading(w, "recurrent layers: gradient, first over last layer", "layers", layers)
	return compare(w, []stack{
		{"LSTM, plain", guide.Line{Name: "LSTM\nplain", Color: guide.Vermilion, Style: guide.Smooth}, network(rnn.LSTM, false)},
		{"LSTM, residual", guide.Line{Name: "LSTM\nresidual", Color: guide.Blue, Style: guide.Smooth}, network(rnn.LSTM, true)},
		{"tanh, plain", guide.Line{Name: "tanh\nplain", Color: guide.Orange, Style: guide.Dashed}, network(rnn.Tanh, false)},
		{"tanh, residual", guide.Line{Name: "tanh\nresidual", Color: guide.Green, Style: guide.Dashed}, network(rnn.Tanh, true)},
	}, layers, guide.Figure{Title: "12 recurrent layers", XLabel: "layer"}, out, "everywhere-rnn.png")
}
