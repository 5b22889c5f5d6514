// Command forward runs a batch of images through untrained networks of 30 ReLU layers with different initial weights, one with
// batch normalisation, and prints the size of the signal from layer to layer.
//
//	go run ./examples/forward
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/examples/internal/guide"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
)

// The shape of the networks.
const (
	depth = 30
	width = 100
)

// A network is an initialisation, with or without batch normalisation.
type network struct {
	name      string
	init      initializer.Initializer
	norm      graph.Norm
	predicted float64 // growth of the signal per layer
	color     guide.Color
}

// growth is the factor by which a ReLU layer changes the RMS of the signal. The mean square of a sum of width terms is width
// times that of one term, and ReLU keeps half of it.
func growth(std float64) float64 { return std * math.Sqrt(width/2.0) }

var networks = []network{
	{"weights N(0, 0.3²)", initializer.Normal{Std: 0.3}, graph.NoNorm, growth(0.3), guide.Vermilion},
	{"weights by He", initializer.HeNormal{}, graph.NoNorm, 1, guide.Green},
	{"N(0, 0.05²) + BN", initializer.Normal{Std: 0.05}, graph.BN, 1, guide.Purple},
	{"weights N(0, 0.05²)", initializer.Normal{Std: 0.05}, graph.NoNorm, growth(0.05), guide.Blue},
}

func main() {
	out := flag.String("out", "docs/guide/img", "folder for the figure")
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
		Title:  "Forward: the signal in 30 ReLU layers before training",
		XLabel: "layer", YLabel: "RMS of the activations", LogY: true, XTicks: []float64{1, 5, 10, 15, 20, 25, 30},
	}
	fmt.Fprintln(w, "RMS of the activations   layer 1   layer 30   per layer   predicted")
	for _, n := range networks {
		line := guide.Line{Name: n.name, Color: n.color}
		if line.Y, err = n.signal(images); err != nil {
			return err
		}
		for layer := range line.Y {
			line.X = append(line.X, float64(layer+1))
		}
		figure.Lines = append(figure.Lines, line)
		fmt.Fprintf(w, "%-22s %9.2g %10.2g %11.2f %11.2f\n", n.name, line.Y[0], line.Y[depth-1], perLayer(line.Y), n.predicted)
	}
	return figure.Save(out, "forward.png")
}

// signal is the RMS of the activations of each hidden layer.
func (n network) signal(images *data.Dataset) ([]float64, error) {
	model := mlp.Model{Input: 784, Depth: depth, Width: width, Output: 10, Init: n.init, Norm: n.norm}
	profile, err := guide.Look(n.name, model, 1, images)
	if err != nil {
		return nil, err
	}
	var rms []float64
	for _, layer := range profile.Records[0].Details.Layers[:depth] {
		rms = append(rms, math.Hypot(float64(layer.ActMean), float64(layer.ActStd)))
	}
	return rms, nil
}

// perLayer is the factor by which the signal grows in a layer, as a geometric mean.
func perLayer(rms []float64) float64 {
	return math.Pow(rms[depth-1]/rms[0], 1.0/(depth-1))
}
