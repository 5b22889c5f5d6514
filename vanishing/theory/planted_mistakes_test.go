package theory_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// Networks declared as He's, Var = 2/fan-in: drawn so they score within ±4 in every layer, in each of the networks; drawn
// with Var = 1/fan-in, the mistake of some libraries, none does. With one wrong layer, the step at that layer alone
// stands out.
func TestPlantedMistakes(t *testing.T) {
	const depth, width, wrong = 20, 256, 8
	b := newBench(t, stack(depth, graph.Dense{Units: width}, graph.ReLU), tensor.Float32, 1, width, 10)
	net := plainNet(depth, width, theory.Layer{WeightVar: 2.0 / width, Activation: graph.ReLU})
	net.Layers[depth].WeightVar = 2.0 / width
	p := predict(t, net)
	he, half := law{name: "He", weight: fixedTo(2), bias: fixedTo(0)}, law{name: "half", weight: fixedTo(1), bias: fixedTo(0)}
	largest := func(seed uint64, score func(theory.Prediction, []float64) []float64) (at int, size float64) {
		rms := b.observe()
		for i, v := range rms {
			rms[i] = math.Exp(v / 2)
		}
		for i, z := range score(p, rms) {
			if math.Abs(z) > size {
				at, size = i, math.Abs(z)
			}
		}
		return at, size
	}
	for seed := range uint64(seeds()) {
		b.feed(seed)
		drawn := b.drawAll(seed, false)
		b.set(drawn, he)
		if at, z := largest(seed, zScores); z > 4 {
			t.Errorf("seed %d: the honest network scores %.1f in layer %d", seed, z, at+1)
		}
		if at, z := largest(seed, stepZScores); z > 4 {
			t.Errorf("seed %d: the honest network's step scores %.1f in layer %d", seed, z, at+1)
		}
		b.set(drawn, half)
		if _, z := largest(seed, zScores); z < 4 {
			t.Errorf("seed %d: half the variance scores %.1f only", seed, z)
		}
		b.set(drawn, he)
		fill(b.weightsAndBiases()[2*wrong].Value, drawn[2*wrong], math.Sqrt(0.5/width)) // reads layer 8, counted from 1
		if at, z := largest(seed, stepZScores); z < 4 || at != wrong-1 {
			t.Errorf("seed %d: a quarter of the variance between layers %d and %d scores %.1f at layer %d", seed, wrong, wrong+1, z, at+1)
		}
	}
}

// zScores says for each layer how many standard deviations the measured gradient is from the prediction, where the last layer's,
// which depends on the loss, is taken as measured.
func zScores(p theory.Prediction, deltaRMS []float64) []float64 {
	return scores(p, deltaRMS, func(int) int { return len(p.Layers) - 1 })
}

// stepZScores is the same for the change from the next layer.
func stepZScores(p theory.Prediction, deltaRMS []float64) []float64 {
	return scores(p, deltaRMS, func(i int) int { return min(i+1, len(p.Layers)-1) })
}

// scores compares each layer with the one that it is anchored at.
func scores(p theory.Prediction, deltaRMS []float64, anchor func(i int) int) []float64 {
	list := make([]float64, len(deltaRMS))
	for i, layer := range p.Layers {
		at := anchor(i)
		if at == i {
			continue
		}
		expected, sd := layer.Since(p.Layers[at])
		measured := 2 * (math.Log(deltaRMS[i]) - math.Log(deltaRMS[at]))
		list[i] = (measured - expected) / math.Hypot(sd, theory.ModelError)
	}
	return list
}
