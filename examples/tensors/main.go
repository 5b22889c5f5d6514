// Command tensors makes tensors in the usual ways, and sends two samples through a fully connected layer.
//
//	go run ./examples/tensors
package main

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer) error {
	show := func(name string) func(*tensor.Dense, error) {
		return func(t *tensor.Dense, err error) {
			if err != nil {
				fmt.Fprintf(w, "%-10s error: %v\n", name, err)
				return
			}
			fmt.Fprintf(w, "%-10s %-7s %.2f\n", name, fmt.Sprint(t.Shape()), t.Data())
		}
	}
	f32, rng := tensor.Float32, rand.New(rand.NewPCG(1, 1))
	show("FromSlice")(tensors.FromSlice(f32, [][]float64{{1, 2, 3}, {4, 5, 6}}))
	show("Zeros")(tensors.Zeros(f32, 2, 2))
	show("Ones")(tensors.Ones(f32, 3))
	show("Full")(tensors.Full(f32, 0.5, 1, 3))
	show("Eye")(tensors.Eye(f32, 2))
	show("Arange")(tensors.Arange(f32, 0, 10, 2))
	show("Linspace")(tensors.Linspace(f32, 0, 1, 5))
	show("Rand")(tensors.Rand(f32, rng, 3))
	show("Randn")(tensors.Randn(f32, rng, 3))
	show("Zeros")(tensors.Zeros(f32, 2, -1))

	return layer(w)
}
