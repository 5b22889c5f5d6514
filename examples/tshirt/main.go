// Command tshirt learns which T-shirts become best-sellers, and looks at what its hidden units have learnt.
//
//	go run ./examples/tshirt
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

func main() {
	units := flag.Int("units", 3, "number of hidden units")
	seed := flag.Uint64("seed", 1, "seed of the initial weights")
	flag.Parse()
	if err := run(os.Stdout, *units, *seed); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, units int, seed uint64) error {
	// 2000 T-shirts for training and 1000 new ones for testing.
	rng := rand.New(rand.NewPCG(1, 1))
	known, _ := shop(rng, 2000)
	fresh, truth := shop(rng, 1000)

	// The inputs have different units. Normalise each to mean 0 and standard deviation 1.
	moments, err := known.FeatureMoments()
	if err != nil {
		return err
	}
	if err := known.Normalize(moments); err != nil {
		return err
	}
	if err := fresh.Normalize(moments); err != nil {
		return err
	}

	// Four inputs, a hidden layer, one output: the logit z of the probability sigmoid(z) of a best-seller.
	trainer := &train.Trainer{
		Model:     mlp.Model{Input: 4, Hidden: []int{units}, Output: 1, Activation: graph.Sigmoid},
		Loss:      graph.BCE{},
		Optimizer: &optim.Adam{LearningRate: 0.03},
		Epochs:    60,
		Seed:      seed,
	}
	history, err := trainer.Fit(context.Background(), known, fresh)
	if err != nil {
		return err
	}
	for _, e := range history.Epochs {
		if e.Epoch == 0 || e.Epoch%20 == 19 {
			fmt.Fprintf(w, "epoch %2d: loss %.2f, %.1f%% of the new T-shirts judged right\n",
				e.Epoch+1, e.Train.Loss, 100*e.Val.Accuracy)
		}
	}

	for _, shirt := range [][]float64{{15, 2, 8, 6}, {38, 9, 2, 8}} {
		p, err := probability(trainer, moments, shirt)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\nprice %g, shipping %g, marketing %g, material %g: a best-seller with probability %.2f",
			shirt[0], shirt[1], shirt[2], shirt[3], p)
	}
	fmt.Fprintln(w)
	return explain(w, trainer, fresh.X, truth)
}
