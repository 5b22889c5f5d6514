// Command regression learns a curve from noisy points.
//
//	go run ./examples/regression
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

func main() {
	out := flag.String("out", "docs/guide/img", "folder for the figure")
	flag.Parse()
	if err := run(os.Stdout, *out); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, out string) error {
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(1, 1))
	known, fresh := measure(rng, 200), measure(rng, 1000)

	// One number in, two hidden layers, one number out: its squared distance from the target is the loss.
	trainer := &train.Trainer{
		Model:     mlp.Model{Input: 1, Hidden: []int{32, 32}, Output: 1, Activation: graph.Tanh},
		Loss:      graph.MSE{},
		Optimizer: &optim.Adam{LearningRate: 0.01},
		Epochs:    200,
		BatchSize: 20,
		Seed:      1,
	}
	history, err := trainer.Fit(ctx, known, fresh)
	if err != nil {
		return err
	}
	for _, e := range history.Epochs {
		if e.Epoch == 0 || e.Epoch%50 == 49 {
			fmt.Fprintf(w, "epoch %3d: squared error %.3f on known points, %.3f on new ones\n", e.Epoch+1, e.Train.Loss, e.Val.Loss)
		}
	}
	fmt.Fprintf(w, "no network can do better than the noise on new points: %.3f\n\n", noise*noise)

	// The same trainer predicts one sample or many.
	one, err := tensors.FromSlice(tensor.Float32, []float64{0.5}, 1, 1)
	if err != nil {
		return err
	}
	many, err := tensors.Linspace(tensor.Float32, -3, 3, 301)
	if err != nil {
		return err
	}
	if err := many.Reshape(301, 1); err != nil {
		return err
	}
	y, err := trainer.Predict(ctx, one)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "one sample of shape %v: at 0.5 the network says %.2f, the curve is %.2f\n", one.Shape(), y.Float32s()[0], curve(0.5))
	ys, err := trainer.Predict(ctx, many)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d samples of shape %v: the RMS error is %.2f inside [-2, 2] and %.2f outside\n",
		many.Shape()[0], many.Shape(), rmsError(many, ys, inside), rmsError(many, ys, outside))
	return draw(out, known, many, ys)
}

func inside(x float64) bool  { return math.Abs(x) <= 2 }
func outside(x float64) bool { return !inside(x) }

// rmsError is the root mean square distance of predictions from the curve, over the x for which where is true.
func rmsError(x, y *tensor.Dense, where func(float64) bool) float64 {
	sum, n := 0.0, 0.0
	for i, v := range x.Float32s() {
		if at := float64(v); where(at) {
			d := float64(y.Float32s()[i]) - curve(at)
			sum, n = sum+d*d, n+1
		}
	}
	return math.Sqrt(sum / n)
}
