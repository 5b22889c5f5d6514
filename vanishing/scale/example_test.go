package scale_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/scale"
)

// An architecture of one's own is checked over the width: a network with tanh, whose output has first values that do not follow the width.
func ExampleMeasure() {
	dense := func(units int) graph.Layer { return graph.Dense{Units: units, Init: initializer.Normal{Std: 0.1}} }
	family := func(width, depth int) graph.Model {
		layers := graph.Sequential{dense(width), graph.Tanh}
		for range depth {
			layers = append(layers, graph.Dense{Units: width, Init: initializer.LeCunNormal{}}, graph.Tanh)
		}
		return append(layers, dense(3))
	}
	rng := rand.New(rand.NewPCG(1, 1))
	features := make([]float32, 8*5)
	for i := range features {
		features[i] = float32(rng.NormFloat64())
	}
	check, err := scale.Measure(context.Background(), scale.Config{
		Family: family, Widths: []int{32, 64, 128, 256}, Depths: []int{1}, Steps: 1,
		X:         tensor.New(tensor.WithShape(8, 5), tensor.WithBacking(features)),
		Y:         tensor.New(tensor.WithShape(8), tensor.WithBacking([]int{0, 1, 2, 0, 1, 2, 0, 1})),
		Optimizer: func() optim.Optimizer { return &optim.Adam{LearningRate: 1e-4} },
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range check.Judge().Findings {
		fmt.Printf("%s: %v grows; multiply the %v by (n/n0)^%g\n", f.Layer, f.Quantity, f.Remedy.Kind, f.Remedy.Power)
	}
	// Output:
	// dense2: update grows; multiply the rate by (n/n0)^-1
	// dense3: gain grows; multiply the first values by (n/n0)^-1
	// dense3: update grows; multiply the rate by (n/n0)^-1
}
