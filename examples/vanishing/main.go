// Command vanishing follows the gradient from the last layer to the first in untrained networks of 30 layers.
//
//	go run ./examples/vanishing
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/gradflow/gradflow/examples/internal/guide"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/vanishing"
)

// The shape of the networks.
const (
	depth = 30
	width = 100
)

// A network is an activation with an initialisation.
type network struct {
	name       string
	activation graph.Activation
	init       initializer.Initializer
	color      guide.Color
}

// small is the network of the second figure.
var small = network{"ReLU, N(0, 0.05²)", graph.ReLU, initializer.Normal{Std: 0.05}, guide.Blue}

var networks = []network{
	{"ReLU, N(0, 0.3²)", graph.ReLU, initializer.Normal{Std: 0.3}, guide.Orange},
	{"ReLU, He", graph.ReLU, initializer.HeNormal{}, guide.Green},
	{"tanh, Xavier", graph.Tanh, initializer.XavierNormal{}, guide.Purple},
	small,
	{"sigmoid, Xavier", graph.Sigmoid, initializer.XavierNormal{}, guide.Vermilion},
}

func main() {
	out := flag.String("out", "docs/guide/img", "folder for the figures")
	flag.Parse()
	if err := run(os.Stdout, *out); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, out string) error {
	images, err := guide.Images(64)
	if err != nil {
		return err
	}
	figure := guide.Figure{
		Title:  "Backward: the gradient in networks of 30 layers before training",
		XLabel: "layer", YLabel: "RMS of dL/dz", LogY: true, XTicks: layerTicks,
	}
	fmt.Fprintln(w, "RMS of dL/dz          layer 1   layer 30     ratio   verdict")
	for _, n := range networks {
		profile, err := guide.Look(n.name, n.model(), 1, images)
		if err != nil {
			return err
		}
		line := guide.Line{Name: n.name, Color: n.color}
		for i, layer := range profile.Records[0].Layers[:depth] {
			line.X, line.Y = append(line.X, float64(i+1)), append(line.Y, float64(layer.DeltaRMS))
		}
		figure.Lines = append(figure.Lines, line)
		d := vanishing.Diagnose(profile)
		fmt.Fprintf(w, "%-19s %9.1e %10.1e %9.1e   %v\n", n.name, line.Y[0], line.Y[depth-1], d.Ratio, d.Verdict)
		if d.Verdict == vanishing.Vanishing {
			fmt.Fprintf(w, "   %s\n", d.Sentence)
		}
	}
	if err := figure.Save(out, "vanishing.png"); err != nil {
		return err
	}
	return flat(w, out, images)
}

var layerTicks = []float64{1, 5, 10, 15, 20, 25, 30}

func (n network) model() graph.Model {
	return mlp.Model{Input: 784, Depth: depth, Width: width, Output: 10, Activation: n.activation, Init: n.init}
}
