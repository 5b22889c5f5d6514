package theory_test

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// Thirty sigmoids leave 5e-19 of the gradient, and one network is like the next.
func ExamplePredict() {
	p, err := theory.Predict(theory.Plain(30, 100, graph.Sigmoid, 1, 0))
	if err != nil {
		fmt.Println(err)
		return
	}
	first := p.Layers[0]
	fmt.Printf("chi %.4f\n", p.Layers[28].Chi)
	fmt.Printf("RMS(delta 1)/RMS(delta 30) = %.1e, within a factor of %.1f\n", math.Exp(first.MeanLogDelta()/2), math.Exp(first.SD()))
	// Output:
	// chi 0.0557
	// RMS(delta 1)/RMS(delta 30) = 4.9e-19, within a factor of 2.2
}

// A residual network, described layer by layer: a stem, and ten blocks x + W2 relu(W1 relu(x)).
func ExamplePredict_residual() {
	he := theory.Layer{In: 64, Out: 64, WeightVar: 2.0 / 64, PreActivation: graph.ReLU}
	net := theory.Net{Layers: []theory.Layer{{In: 64, Out: 64, WeightVar: 1.0 / 64}}}
	for range 10 {
		net.Blocks = append(net.Blocks, theory.Block{First: len(net.Layers), Last: len(net.Layers) + 1})
		net.Layers = append(net.Layers, he, he)
	}
	p, err := theory.Predict(net)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("the squared gradient grows by %.2f per block\n", math.Exp(p.Layers[0].LogDelta/10))
	fmt.Printf("%.0f %% of it comes through branches, %.1f of them on average\n", 100*p.Blocks[0].Branch, theory.MeanPath(theory.PathCounts(p.Blocks)))
	// Output:
	// the squared gradient grows by 2.00 per block
	// 50 % of it comes through branches, 5.0 of them on average
}

func ExampleCriticalWeightVar() {
	v, err := theory.CriticalWeightVar(graph.Tanh, 0.05)
	fmt.Printf("%.2f %v\n", v, err)
	// Output: 1.76 <nil>
}

func ExampleCardOf() {
	net := theory.Plain(80, 64, graph.Tanh, 1.4, 0.05)
	p, err := theory.Predict(net)
	if err != nil {
		fmt.Println(err)
		return
	}
	card := theory.CardOf(net, p)
	fmt.Printf("ln of the squared gradient %.1f ± %.1f\n", card.LogDelta, card.SD)
	fmt.Printf("trainable: %t, a depth of 80 against 6 x %.1f\n", card.Trainable(), card.CorrelationScale)
	// Output:
	// ln of the squared gradient -10.2 ± 2.1
	// trainable: false, a depth of 80 against 6 x 10.7
}

func ExampleEdgeOfChaos() {
	chaos, err := theory.EdgeOfChaos(graph.Tanh, []float64{0.8, 1.6, 2.4}, []float64{0, 0.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, row := range chaos.Points {
		for j, f := range row {
			fmt.Printf("weights %.1f, biases %.1f: chi %.2f\n", chaos.WeightSD[j], chaos.BiasSD[i], f.Chi)
		}
	}
	// Output:
	// weights 0.8, biases 0.0: chi 0.64
	// weights 1.6, biases 0.0: chi 1.18
	// weights 2.4, biases 0.0: chi 1.56
	// weights 0.8, biases 0.5: chi 0.40
	// weights 1.6, biases 0.5: chi 1.03
	// weights 2.4, biases 0.5: chi 1.49
}

func ExampleReLUShattering() {
	fmt.Printf("%.3f %.3f\n", theory.ReLUShattering(0, 10), theory.ResidualShattering(0.25, 0, 10))
	// Output: 0.034 0.283
}
