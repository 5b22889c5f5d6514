package theory

import (
	"math"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
)

func TestValidate(t *testing.T) {
	for want, change := range map[string]func(*Net){
		"no layer":                     func(n *Net) { n.Layers = nil },
		"MeanSquare: got -1":           func(n *Net) { n.MeanSquare = -1 },
		"got Batch -1":                 func(n *Net) { n.Batch = -1 },
		"Cosine 2":                     func(n *Net) { n.Cosine = 2 },
		"layer 2 reads 9 features":     func(n *Net) { n.Layers[1].In = 9 },
		"middle: got widths 10 and 0":  func(n *Net) { n.Layers[1].Name, n.Layers[1].Out = "middle", 0 },
		"got variances NaN":            func(n *Net) { n.Layers[2].WeightVar = math.NaN() },
		"normalisation: got 7":         func(n *Net) { n.Layers[2].PostNorm = 7 },
		"block 1: got layers 1 to 4":   func(n *Net) { n.Blocks = []Block{{First: 1, Last: 4}} },
		"block 2: got layers 1 to 2":   func(n *Net) { n.Blocks = []Block{{First: 0, Last: 1}, {First: 1, Last: 2}} },
		"width 10 and output width 20": func(n *Net) { n.Layers[3].Out = 20; n.Blocks = []Block{{First: 3, Last: 3}} },
		"projection variance -1":       func(n *Net) { n.Blocks = []Block{{First: 1, Last: 1, ProjectionVar: -1}} },
	} {
		net := Plain(4, 10, graph.ReLU, 2, 0)
		change(&net)
		_, err := Predict(net)
		if err == nil || !strings.HasPrefix(err.Error(), "theory: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestNetworksThatCannotBePredicted(t *testing.T) {
	for name, change := range map[string]func(*Net){
		"batch norm behind an activation":   func(n *Net) { n.Layers[1].PostNorm = BatchNorm },
		"batch norm over two samples":       func(n *Net) { n.Layers[1].Norm, n.Batch = BatchNorm, 2 },
		"activation of an activated signal": func(n *Net) { n.Layers[2].PreActivation = graph.ReLU },
		"batch norm of an activated signal": func(n *Net) { n.Layers[2].PreNorm = BatchNorm },
	} {
		net := Plain(4, 10, graph.ReLU, 2, 0)
		change(&net)
		if _, err := Predict(net); errors.Cause(err) != ErrNoTheory {
			t.Errorf("%s: error %v, want ErrNoTheory", name, err)
		}
	}
}

// A thousand layers leave float64 itself, and the prediction stays a number.
func TestThousandLayers(t *testing.T) {
	for weight, want := range map[float64]float64{0.01: 999 * math.Log(0.005), 100: 999 * math.Log(50)} {
		p := predict(t, Plain(1000, 64, graph.ReLU, weight, 0))
		near(t, "delta", p.Layers[0].LogDelta, want, 1e-6)
	}
}

// Names are equal, functions are not.
func TestActivationsOfOneName(t *testing.T) {
	leaky := func(slope float64) function {
		return function{"leaky", graph.LeakyReLU(slope).Eval, graph.LeakyReLU(slope).Derivative}
	}
	net := Plain(3, 10, leaky(0.1), 2, 0)
	net.Layers[0].Activation = leaky(0.9)
	p := predict(t, net)
	near(t, "chi", p.Layers[0].Chi, 1.81, 1e-12)
	near(t, "chi", p.Layers[1].Chi, 1.01, 1e-12)
}
