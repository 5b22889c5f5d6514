package theory

import (
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/gradflow/gradflow/graph"
)

func TestFloat32AsTabulated(t *testing.T) {
	at := func(name string, weight, bias float64) float64 {
		f, err := Fixed(activation(t, name), weight, bias)
		if err != nil {
			t.Fatal(err)
		}
		return Float32Layers(f.Chi)
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
		asPrinted(t, fmt.Sprint("loss of ", row[:2]), InitialCrossEntropy(classes, variance), row[2])
		asPrinted(t, fmt.Sprint("gradient of ", row[:2]), InitialLogitGradient(classes, variance), row[3])
	}
	asPrinted(t, "loss at even odds", InitialCrossEntropy(10, 0), "2.302585093")
	near(t, "gradient at even odds", InitialLogitGradient(10, 0), 0.9, 1e-9)
	near(t, "gradient of two classes at even odds", InitialLogitGradient(2, 0), 0.5, 1e-9)
	// Of two classes only the difference of the logits counts, which is N(0, 2·variance).
	for _, variance := range []float64{0.01, 1, 4} {
		d := math.Sqrt(2 * variance)
		loss := gaussian(d, []float64{0}, func(z float64) float64 { return math.Log1p(math.Exp(d * z)) })
		gradient := gaussian(d, []float64{0}, func(z float64) float64 { p := 1 / (1 + math.Exp(d*z)); return 2 * p * p })
		near(t, "loss of two classes", InitialCrossEntropy(2, variance), loss, 1e-9)
		near(t, "gradient of two classes", InitialLogitGradient(2, variance), gradient, 1e-9)
	}
	near(t, "even odds", InitialCrossEntropy(1000, 0), math.Log(1000), 1e-9)
	near(t, "gradient at even odds", InitialLogitGradient(1000, 0), 1-1.0/1000, 1e-9)
}

func TestCard(t *testing.T) {
	card, err := CardOf(Plain(30, 100, graph.Tanh, 1.4, 0.05))
	if err != nil {
		t.Fatal(err)
	}
	asPrinted(t, "correlation scale", card.CorrelationScale, "10.7323")
	if !card.Trainable() {
		t.Error("30 layers are said not to train at a scale of 10.7")
	}
	if card, err = CardOf(Plain(65, 100, graph.Tanh, 1.4, 0.05)); err != nil || card.Trainable() {
		t.Errorf("65 layers are said to train at a scale of 10.7 (%v)", err)
	}
	if card, err = CardOf(Plain(100, 64, graph.ReLU, 2, 0)); err != nil {
		t.Fatal(err)
	}
	if near(t, "beta", card.Beta, 5*99.0/64, 1e-12); !math.IsNaN(card.CorrelationScale) && card.CorrelationScale < 1e6 {
		t.Errorf("at criticality the correlation scale is %g", card.CorrelationScale)
	}
}
