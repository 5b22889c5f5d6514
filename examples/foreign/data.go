package main

import (
	"math"
	"math/rand/v2"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/examples/internal/guide"
)

// batches returns images with one-hot classes, as Gorgonia programs read them.
func batches(count, size int) (xs, ys []*tensor.Dense, err error) {
	images, err := guide.Images(count * size)
	if err != nil {
		return nil, nil, err
	}
	for i := range count {
		x, err := images.X.Slice(gorgonia.S(i*size, (i+1)*size))
		if err != nil {
			return nil, nil, err
		}
		y := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(size, len(images.Classes)))
		for row, class := range images.Y.Ints()[i*size : (i+1)*size] {
			y.Float64s()[row*len(images.Classes)+class] = 1
		}
		xs, ys = append(xs, x.Materialize().(*tensor.Dense)), append(ys, y)
	}
	return xs, ys, nil
}

// xavier draws weights of variance 2/(in+out). The seed makes them the same in each run.
func xavier(seed uint64, in, out int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(seed, 0))
	w := make([]float64, in*out)
	for i := range w {
		w[i] = rng.NormFloat64() * math.Sqrt(2/float64(in+out))
	}
	return tensor.New(tensor.WithShape(in, out), tensor.WithBacking(w))
}
