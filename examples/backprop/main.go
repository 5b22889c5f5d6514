// Command backprop computes the gradient of a network of two layers by hand, by the chain rule, and compares it with the
// gradient that the graph derives. It then takes one step of gradient descent with each of many learning rates.
//
//	go run ./examples/backprop
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
)

// The shape of the batch and of the network.
const samples, features, hidden, classes = 6, 4, 5, 3

func main() {
	out := flag.String("out", "docs/guide/img", "folder for the figure")
	flag.Parse()
	if err := run(os.Stdout, *out); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, out string) error {
	x, y, err := batch()
	if err != nil {
		return err
	}
	program, err := graph.Build(graph.Config{
		Model:  mlp.Model{Input: features, Hidden: []int{hidden}, Output: classes, Activation: graph.Tanh},
		Params: graph.NewParams(tensor.Float64, 1),
		Input:  x.Shape(),
		Loss:   graph.CrossEntropy{OneHot: true},
	})
	if err != nil {
		return err
	}
	defer program.Close()
	if err := program.Run(x, y); err != nil {
		return err
	}
	compare(w, program, x, y)
	return descend(w, program, x, y, out)
}

// batch makes six random samples, two of each class.
func batch() (x, y *tensor.Dense, err error) {
	if x, err = tensors.Randn(tensor.Float64, rand.New(rand.NewPCG(1, 1)), samples, features); err != nil {
		return nil, nil, err
	}
	if y, err = tensors.Zeros(tensor.Float64, samples, classes); err != nil {
		return nil, nil, err
	}
	for i := range samples {
		y.Float64s()[i*classes+i%classes] = 1
	}
	return x, y, nil
}

// compare prints the gradient computed by hand next to the graph's.
func compare(w io.Writer, program *graph.Program, x, y *tensor.Dense) {
	var params []*mat.Dense
	for _, p := range program.Weights {
		params = append(params, matrix(p.Value))
	}
	byHand := network{params[0], params[1], params[2], params[3]}.gradient(matrix(x), matrix(y))

	fmt.Fprintf(w, "%-15s %-7s %15s %15s\n", "parameter", "shape", "by hand [0]", "graph [0]")
	largest := 0.0
	for i, hand := range []*mat.Dense{byHand.w1, byHand.b1, byHand.w2, byHand.b2} {
		p := program.Weights[i]
		derived := matrix(p.Grad.Value().(*tensor.Dense))
		fmt.Fprintf(w, "%-15s %-7s %15.12f %15.12f\n", p.Name, fmt.Sprint(p.Value.Shape()), hand.At(0, 0), derived.At(0, 0))
		largest = max(largest, mat.Max(each(sub(hand, derived), math.Abs)))
	}
	fmt.Fprintf(w, "all %d numbers agree to 14 decimals: %v\n", program.Params.Size(), largest < 5e-15)
}

// matrix is a tensor as a matrix of gonum; a vector becomes one row.
func matrix(t *tensor.Dense) *mat.Dense {
	shape := t.Shape()
	width := shape[len(shape)-1]
	return mat.NewDense(t.Size()/width, width, t.Float64s())
}
