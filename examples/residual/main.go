// Command residual compares residual networks of up to 101 hidden layers with their plain twins, and shows the problems that a
// skip alone does not solve.
//
//	go run ./examples/residual
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/examples/internal/guide"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/vanishing"
)

// blocks are the depths to compare. A network of n blocks has 1 + 2n hidden layers.
var blocks = []int{5, 10, 20, 30, 40, 50}

// A network is a model without its depth.
type network struct {
	name  string
	model resnet.Model
	line  guide.Line // how the figures show it
}

// twins come in pairs, without and with skips. Nothing else differs.
var twins = []network{
	{"N(0, 0.05²), plain", resnet.Model{Init: initializer.Normal{Std: 0.05}, BranchScale: 1, NoSkip: true},
		guide.Line{Name: "N(0, 0.05²)\nplain", Color: guide.Blue, Style: guide.Dashed}},
	{"N(0, 0.05²), residual", resnet.Model{Init: initializer.Normal{Std: 0.05}, BranchScale: 1},
		guide.Line{Name: "N(0, 0.05²)\nresidual", Color: guide.Blue}},
	{"He + BN, plain", resnet.Model{Norm: graph.BN, NoSkip: true},
		guide.Line{Name: "He + BN\nplain", Color: guide.Purple, Style: guide.Dashed}},
	{"He + BN, residual", resnet.Model{Norm: graph.BN},
		guide.Line{Name: "He + BN\nresidual", Color: guide.Purple}},
}

// pitfalls are networks with skips.
var pitfalls = []network{
	{"He, branches as they are", resnet.Model{BranchScale: 1},
		guide.Line{Name: "He, branches\nas they are", Color: guide.Orange}},
	{"He, scaled branches", resnet.Model{},
		guide.Line{Name: "He, branches\n/ sqrt(blocks)", Color: guide.Green}},
	{"sigmoid after the sum", resnet.Model{Activation: graph.Sigmoid},
		guide.Line{Name: "sigmoid\nafter the sum", Color: guide.Vermilion}},
	{"sigmoid, pre-activation", resnet.Model{Activation: graph.Sigmoid, PreActivation: true},
		guide.Line{Name: "sigmoid\npre-activation", Color: guide.Blue, Style: guide.Dashed}},
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
	fmt.Fprint(w, "ratio of dL/dz, first over last hidden layer\n\n                 hidden layers")
	for _, n := range blocks {
		fmt.Fprintf(w, "%9d", 1+2*n)
	}
	fmt.Fprintln(w)
	if err := compare(w, twins, images, "Skips keep the gradient alive", out, "residual.png"); err != nil {
		return err
	}
	if err := compare(w, pitfalls, images, "What a skip alone does not mend", out, "pitfalls.png"); err != nil {
		return err
	}
	if err := growth(w, images); err != nil {
		return err
	}
	return learn(w)
}

// compare prints a row for each network, and draws them into one figure.
func compare(w io.Writer, networks []network, images *data.Dataset, title, out, file string) error {
	figure := guide.Figure{
		Title:  title,
		XLabel: "hidden layers", YLabel: "RMS of dL/dz: first hidden layer over last", LogY: true,
	}
	for _, n := range networks {
		fmt.Fprintf(w, "%-30s", n.name)
		line := n.line
		for _, count := range blocks {
			profile, err := look(n.model, count, 1, images)
			if err != nil {
				return err
			}
			ratio := vanishing.Diagnose(profile).Ratio // of the RMS of dL/dz
			fmt.Fprintf(w, "%9.1e", ratio)
			line.X, line.Y = append(line.X, float64(1+2*count)), append(line.Y, ratio)
		}
		fmt.Fprintln(w)
		figure.Lines, figure.XTicks = append(figure.Lines, line), line.X
	}
	return figure.Save(out, file)
}

// look runs the images through an untrained network.
func look(model resnet.Model, blocks int, seed uint64, images *data.Dataset) (vanishing.Profile, error) {
	model.Input, model.Output, model.Width, model.Blocks = 784, 10, 100, blocks
	return guide.Look("", model, seed, images)
}
