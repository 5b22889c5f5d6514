// Command attention writes scaled dot-product attention with operations alone, trains it to find the marked element of a sequence, and
// shows where it looks.
//
//	go run ./examples/attention
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

const (
	samples = 512
	length  = 6 // elements of a sequence: each is a number and a mark
	width   = 8 // of queries, keys and values
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer) error {
	set := marked(samples)
	recorder := &vanishing.Recorder{Name: "attention"}
	trainer := &train.Trainer{
		Model: graph.LayerFunc(network), Loss: graph.MSE{}, Epochs: 60, BatchSize: 32, Seed: 1,
		Optimizer: &optim.Adam{LearningRate: 0.01}, Callbacks: []train.Callback{recorder},
	}
	history, err := trainer.Fit(context.Background(), set, nil)
	if err != nil {
		return err
	}
	first, last := history.Epochs[0].Train.Loss, history.Epochs[len(history.Epochs)-1].Train.Loss
	fmt.Fprintf(w, "squared error: %.3f in the first epoch, %.4f in the last\n", first, last)
	fmt.Fprintf(w, "gradients: %v\n\n", vanishing.Diagnose(recorder.Profile()).Verdict)
	return show(w, trainer, set)
}

// network is attention of each element to all, then a linear map to one number: x (batch, length, 2) gives (batch, length). The bias of the
// queries lets all elements ask the same question, whatever their numbers are.
func network(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	batch := x.Shape()[0]
	rows := b.Check(gorgonia.Reshape(x, tensor.Shape{batch * length, 2}))
	project := func(name string) *gorgonia.Node {
		bias := b.Param(graph.Param{Name: name + "/bias", Role: graph.Bias, Init: initializer.Constant{}}, width)
		y := b.Check(op.Linear(rows, weight(b, name, 2, width), bias))
		return b.Check(gorgonia.Reshape(y, tensor.Shape{batch, length, width}))
	}
	q, k, v := project("query"), project("key"), project("value")

	scores := b.Check(op.BatchedMatMul(q, k, false, true)) // <q_i, k_j>, (batch, length, length)
	scores = b.Check(op.Scale(scores, 1/math.Sqrt(width)))
	weights := b.Check(op.Softmax(scores))                       // each row sums to 1
	mixed := b.Check(op.BatchedMatMul(weights, v, false, false)) // Σ_j weights_ij·v_j
	b.Output("weights", weights)                                 // to look at
	mixedRows := b.Check(gorgonia.Reshape(mixed, tensor.Shape{batch * length, width}))
	return b.Check(gorgonia.Reshape(b.Check(op.Linear(mixedRows, weight(b, "out", width, 1), nil)), tensor.Shape{batch, length}))
}

func weight(b *graph.Builder, name string, in, out int) *gorgonia.Node {
	return b.Param(graph.Param{Name: name + "/weight", Role: graph.Weight, Fan: initializer.Fan{In: in, Out: out}, Init: initializer.XavierUniform{}}, in, out)
}

// marked draws sequences of numbers, one of which is marked by a 1 beside it. The target, at every position, is the marked number.
func marked(n int) *data.Dataset {
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, n*length*2), make([]float32, n*length)
	for i := range n {
		at := rng.IntN(length)
		for j := range length {
			x[(i*length+j)*2] = float32(rng.NormFloat64())
		}
		x[(i*length+at)*2+1] = 1
		for j := range length {
			y[i*length+j] = x[(i*length+at)*2]
		}
	}
	return &data.Dataset{
		X: tensor.New(tensor.WithShape(n, length, 2), tensor.WithBacking(x)), Y: tensor.New(tensor.WithShape(n, length), tensor.WithBacking(y)),
	}
}

// show prints the structure that was found in the graph, and the weights of the first element of some sequences.
func show(w io.Writer, trainer *train.Trainer, set *data.Dataset) error {
	some, err := set.Subset(4)
	if err != nil {
		return err
	}
	program, err := graph.Build(graph.Config{Model: trainer.Model, Params: trainer.Params, Input: some.X.Shape(), Mode: graph.Eval})
	if err != nil {
		return err
	}
	defer program.Close()
	if err := program.Run(some.X, nil); err != nil {
		return err
	}
	fmt.Fprintf(w, "%v\nweights of the first element; * is the marked one\n", program.Structure())
	weights := program.OutputNamed("weights").Float32s()
	for i := range some.Len() {
		for j := range length {
			mark := " "
			if some.X.Float32s()[(i*length+j)*2+1] == 1 {
				mark = "*"
			}
			fmt.Fprintf(w, "  %.2f%s", weights[i*length*length+j], mark)
		}
		fmt.Fprintln(w)
	}
	return nil
}
