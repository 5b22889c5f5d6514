package theory

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
)

func TestFloat32AsTabulated(t *testing.T) {
	at := func(name string, weight, bias float64) float64 {
		f := fixedAt(activation(t, name), weight, bias)
		return float32Layers(f.Chi)
	}
	asPrinted(t, "sigmoid, Xavier", at("sigmoid", 1, 0), "71.5")
	asPrinted(t, "sigmoid, He", at("sigmoid", 2, 0), "90.1")
	asPrinted(t, "sigmoid, PyTorch", at("sigmoid", 1.0/3, 0), "52.8")
	asPrinted(t, "relu, PyTorch", at("relu", 1.0/3, 0), "115.3")
	asPrinted(t, "relu, N(0, 0.01²), 64", at("relu", 64e-4, 0), "36.0")
	asPrinted(t, "tanh, N(0, 0.01²), 64", at("tanh", 64e-4, 0), "40.9")
	asPrinted(t, "relu, N(0, 1), 64", at("relu", 64, 0), "51.2")
	asPrinted(t, "relu, N(0, 1), 256", at("relu", 256, 0), "36.6")
}

func TestInitialLossAsTabulated(t *testing.T) {
	for _, row := range tableRows(t, "testdata/loss.tsv") {
		classes, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatal(err)
		}
		variance, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		asPrinted(t, fmt.Sprint("loss of ", row[:2]), initialCrossEntropy(classes, variance), row[2])
	}
	asPrinted(t, "loss at even odds", initialCrossEntropy(10, 0), "2.302585093")
	// Of two classes only the difference of the logits counts, which is N(0, 2·variance).
	for _, variance := range []float64{0.01, 1, 4} {
		d := math.Sqrt(2 * variance)
		loss := gaussian(d, []float64{0}, func(z float64) float64 { return math.Log1p(math.Exp(d * z)) })
		near(t, "loss of two classes", initialCrossEntropy(2, variance), loss, 1e-9)
	}
	near(t, "even odds", initialCrossEntropy(1000, 0), math.Log(1000), 1e-9)
}

func TestCard(t *testing.T) {
	cardOf := func(net Net) Card { return CardOf(net, predict(t, net)) }
	card := cardOf(Plain(30, 100, graph.Tanh, 1.4, 0.05))
	asPrinted(t, "correlation scale", card.CorrelationScale, "10.7323")
	if !card.Trainable() {
		t.Error("30 layers are said not to train at a scale of 10.7")
	}
	if card = cardOf(Plain(65, 100, graph.Tanh, 1.4, 0.05)); card.Trainable() {
		t.Error("65 layers are said to train at a scale of 10.7")
	}
	card = cardOf(Plain(100, 64, graph.ReLU, 2, 0))
	if near(t, "beta", card.Beta, 5*99.0/64, 1e-12); !math.IsNaN(card.CorrelationScale) && card.CorrelationScale < 1e6 {
		t.Errorf("at criticality the correlation scale is %g", card.CorrelationScale)
	}
	if card.Typical == nil || card.Typical.WeightVar != 2.0/64 {
		t.Errorf("the typical layer is %+v, want one of weight variance 2/64", card.Typical)
	}
	normed := Plain(10, 64, graph.ReLU, 2, 0)
	normed.Layers[3].Norm = LayerNorm
	if card = cardOf(normed); card.Typical != nil || !math.IsNaN(card.CorrelationScale) {
		t.Errorf("with a normalisation the card is %+v, want no typical layer and no correlation scale", card)
	}
}

// Logits of any size have a loss: beyond a standard deviation of 100 it is that of the largest logit, and of two that tie.
func TestInitialLossOfLargeLogits(t *testing.T) {
	for _, classes := range []int{2, 3, 10, 1000} {
		closeTo(t, fmt.Sprint(classes, " classes, on both sides of 100"), largeLogits(float64(classes), 100), initialCrossEntropy(classes, 1e4), 2e-6) // the rest is of order 1/sd²
	}
	closeTo(t, "two classes", initialCrossEntropy(2, 1e100), 1e50/math.SqrtPi, 1e-9) // E max of two
	if loss := initialCrossEntropy(1, 1e8); math.Abs(loss) > 1e-6 {
		t.Errorf("the loss of one class is %g, want 0", loss)
	}
}

// The signal of a deep network may leave the range of float64. Its gradient is predicted all the same.
func TestSignalsOutOfRange(t *testing.T) {
	for _, name := range []string{"relu", "linear", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus", "tanh", "softsign"} {
		for _, gain := range []float64{1e8, 1e-8} {
			net := Plain(61, 64, activation(t, name), gain, 0)
			net.Batch = 64
			p := predict(t, net)
			for _, l := range p.Layers {
				if mean, sd := l.MeanLogDelta(), l.SD(); math.IsNaN(mean-mean) || math.IsNaN(sd-sd) {
					t.Fatalf("%s with gain %v, layer %s: got ln %v ± %v, want numbers", name, gain, l.Name, mean, sd)
				}
			}
			if name == "relu" {
				near(t, "ln of the factor of ReLU", p.Layers[0].LogDelta, 60*math.Log(gain/2), 1e-9)
			}
		}
	}
}

// Zeros have no variance to be normalised by.
func TestNormalisationOfZeros(t *testing.T) {
	for _, norm := range []Norm{BatchNorm, LayerNorm} {
		for _, gain := range []float64{0, 1e-300, 1e-100, 1e-20} {
			net := Plain(5, 64, activation(t, "relu"), gain, 0)
			net.Batch = 64
			for i := range net.Layers[:4] {
				net.Layers[i].Norm = norm
			}
			p, err := Predict(net)
			if gain < 1e-200 {
				if !errors.Is(err, ErrNoTheory) || !strings.Contains(err.Error(), "without a variance") {
					t.Errorf("%v with gain %g: got %v, want an error that names the variance", norm, gain, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range p.Layers {
				if mean, sd := l.MeanLogDelta(), l.SD(); math.IsNaN(mean-mean) || math.IsNaN(sd-sd) {
					t.Errorf("%v with gain %g, layer %s: got ln %v ± %v, want numbers", norm, gain, l.Name, mean, sd)
				}
			}
		}
	}
}
