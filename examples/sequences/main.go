// Command sequences learns to tell noisy waves apart, whatever their length: sines, squares and saw teeth.
//
//	go run ./examples/sequences
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/rnn"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// longest is the number of steps of the longest wave.
const longest = 40

func run(w io.Writer) error {
	known, fresh := waves(600, 1), waves(200, 2)
	recorder := &vanishing.Recorder{Name: "waves"}
	trainer := &train.Trainer{
		Model:     rnn.Classifier{Outputs: len(known.Classes), Config: rnn.Config{Cell: rnn.GRU, Units: 16, Lengths: "lengths"}},
		Loss:      graph.CrossEntropy{},
		Optimizer: &optim.Adam{LearningRate: 0.01},
		Epochs:    6, BatchSize: 20, Seed: 1,
		Callbacks: []train.Callback{&train.ClipNorm{Max: 1}, recorder},
	}
	history, err := trainer.Fit(context.Background(), known, fresh)
	if err != nil {
		return err
	}
	for _, e := range history.Epochs {
		fmt.Fprintf(w, "epoch %d: %.0f %% of new waves are right\n", e.Epoch+1, 100*e.Val.Accuracy)
	}
	d := vanishing.Diagnose(recorder.Profile())
	fmt.Fprintf(w, "%v: %s\n", d.Verdict, d.Sentence)
	return nil
}

// waves draws waves of 20 to 40 steps as X (n, 40, 1), with their classes Y (n). What follows the end of a wave counts for nothing: the
// column lengths (n) says where that is.
func waves(n int, seed uint64) *data.Dataset {
	rng := rand.New(rand.NewPCG(seed, 0))
	x, lengths, y := make([]float32, n*longest), make([]int, n), make([]int, n)
	forms := []func(phase float64) float64{
		func(phase float64) float64 { return math.Sin(2 * math.Pi * phase) },
		func(phase float64) float64 { return math.Copysign(1, 0.5-phase) },
		func(phase float64) float64 { return 2*phase - 1 },
	}
	for i := range n {
		y[i], lengths[i] = rng.IntN(len(forms)), 20+rng.IntN(longest-20+1)
		period, phase := 8+8*rng.Float64(), rng.Float64()
		for t := range lengths[i] {
			_, at := math.Modf(phase + float64(t)/period)
			x[i*longest+t] = float32(forms[y[i]](at) + 0.1*rng.NormFloat64())
		}
	}
	return &data.Dataset{
		X:       tensor.New(tensor.WithShape(n, longest, 1), tensor.WithBacking(x)),
		Columns: []data.Column{{Name: "lengths", Values: tensor.New(tensor.WithShape(n), tensor.WithBacking(lengths))}},
		Y:       tensor.New(tensor.WithShape(n), tensor.WithBacking(y)),
		Classes: []string{"sine", "square", "saw"},
	}
}
