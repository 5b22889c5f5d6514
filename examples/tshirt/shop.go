package main

import (
	"math/rand/v2"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// inputs are the known properties of a T-shirt.
var inputs = []string{"price", "shipping", "marketing", "material"}

// ideas are the questions that a person would ask before guessing whether a T-shirt sells.
var ideas = []string{"affordability", "awareness", "perceived quality"}

// judge reports which of the ideas are true of a T-shirt. The data follows this rule, which the network never sees.
func judge(price, shipping, marketing, material float64) [3]bool {
	return [3]bool{
		price+shipping < 30,         // in euros
		marketing > 5,               // in thousands of euros
		material+0.1*(price-25) > 5, // material from 0 (scratchy) to 10; a high price suggests quality
	}
}

// shop makes n random T-shirts. A T-shirt is a best-seller if at least two of the ideas are true of it.
func shop(rng *rand.Rand, n int) (shirts *data.Dataset, truth [][3]bool) {
	x, y := make([]float32, 0, 4*n), make([]float32, n)
	for i := range n {
		price, shipping := 10+30*rng.Float64(), 10*rng.Float64()
		marketing, material := 10*rng.Float64(), 10*rng.Float64()
		x = append(x, float32(price), float32(shipping), float32(marketing), float32(material))
		ideas := judge(price, shipping, marketing, material)
		if count(ideas) >= 2 {
			y[i] = 1
		}
		truth = append(truth, ideas)
	}
	return &data.Dataset{
		X: tensor.New(tensor.WithShape(n, 4), tensor.WithBacking(x)),
		Y: tensor.New(tensor.WithShape(n, 1), tensor.WithBacking(y)),
	}, truth
}

func count(ideas [3]bool) int {
	n := 0
	for _, idea := range ideas {
		if idea {
			n++
		}
	}
	return n
}
