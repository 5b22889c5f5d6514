package theory_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// Networks declared as He's, Var = 2/fan-in: drawn so they score within ±4 in every layer, in all of 20 seeds; drawn with
// Var = 1/fan-in, the mistake of some libraries, none of the 20 does. With one wrong layer, the step at that layer alone
// stands out.
func TestPlantedMistakes(t *testing.T) {
	const depth, width, wrong = 20, 256, 8
	b := newBench(t, stack(depth, graph.Dense{Units: width}, graph.ReLU), tensor.Float32, 1, width, 10)
	net := plainNet(depth, width, theory.Layer{WeightVar: 2.0 / width, Activation: graph.ReLU})
	net.Layers[depth].WeightVar = 2.0 / width
	p := predict(t, net)
	he, half := law{name: "He", weight: fixedTo(2), bias: fixedTo(0)}, law{name: "half", weight: fixedTo(1), bias: fixedTo(0)}
	largest := func(seed uint64, score func([]float64) ([]float64, error)) (at int, size float64) {
		rms := b.observe()
		for i, v := range rms {
			rms[i] = math.Exp(v / 2)
		}
		scores, err := score(rms)
		if err != nil {
			t.Fatal(err)
		}
		for i, z := range scores {
			if math.Abs(z) > size {
				at, size = i, math.Abs(z)
			}
		}
		return at, size
	}
	for seed := range uint64(seeds) {
		b.feed(seed)
		drawn := b.drawAll(seed, false)
		b.set(drawn, he)
		if at, z := largest(seed, p.ZScores); z > 4 {
			t.Errorf("seed %d: the honest network scores %.1f in layer %d", seed, z, at+1)
		}
		if at, z := largest(seed, p.StepZScores); z > 4 {
			t.Errorf("seed %d: the honest network's step scores %.1f in layer %d", seed, z, at+1)
		}
		b.set(drawn, half)
		if _, z := largest(seed, p.ZScores); z < 4 {
			t.Errorf("seed %d: half the variance scores %.1f only", seed, z)
		}
		b.set(drawn, he)
		fill(b.weightsAndBiases()[2*wrong].Value, drawn[2*wrong], math.Sqrt(0.5/width)) // reads layer 8, counted from 1
		if at, z := largest(seed, p.StepZScores); z < 4 || at != wrong-1 {
			t.Errorf("seed %d: a quarter of the variance between layers %d and %d scores %.1f at layer %d", seed, wrong, wrong+1, z, at+1)
		}
	}
}
