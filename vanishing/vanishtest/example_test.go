package vanishtest_test

import (
	"fmt"
	"log"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/vanishing/vanishtest"
)

// One line in a test file detects a network that becomes sick.
func ExampleHealthy() {
	_ = func(t *testing.T) { // func TestGradientsArrive(t *testing.T) {
		images, _, err := data.FashionMNIST(tensor.Float32)
		if err != nil {
			t.Fatal(err)
		}
		vanishtest.Healthy(t, mlp.Model{Input: 784, Depth: 5, Width: 32, Output: 10}, images)
	}
}

// Outside of a test, the check is a function.
func ExampleOptions_Check() {
	images, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		log.Fatal(err)
	}
	model := mlp.Model{Input: 784, Depth: 20, Width: 32, Output: 10, Activation: graph.Sigmoid}
	d, err := vanishtest.Options{Seed: 1, NoRemedies: true}.Check(model, images)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range vanishtest.Sick(d) {
		fmt.Println(f.Rule)
	}
	// Output:
	// vanishing
	// layer-not-training
}
