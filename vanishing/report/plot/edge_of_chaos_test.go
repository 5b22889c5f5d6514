package plot

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// edgeOfChaos is the map of an activation on a coarse grid.
func edgeOfChaos(t *testing.T, phi theory.Activation) theory.ChaosMap {
	t.Helper()
	var weights, biases []float64
	for i := range 30 {
		weights, biases = append(weights, float64(i+1)/10), append(biases, float64(i)/20)
	}
	chaos, err := theory.EdgeOfChaos(phi, weights, biases)
	if err != nil {
		t.Fatal(err)
	}
	return chaos
}

// The line and the mark are named where they are drawn, and the picture is the same bytes twice.
func TestEdgeOfChaos(t *testing.T) {
	tanh, sigmoid := edgeOfChaos(t, graph.Tanh), edgeOfChaos(t, graph.Sigmoid)
	for _, c := range []struct {
		name       string
		chaos      theory.ChaosMap
		at         *theory.ChaosPoint
		line, mark bool
	}{
		{"tanh", tanh, &theory.ChaosPoint{WeightSD: 1}, true, true},
		{"tanh without a network", tanh, nil, true, false},
		{"tanh and a network beyond the map", tanh, &theory.ChaosPoint{WeightSD: 100}, true, false},
		{"sigmoid, which has no line here", sigmoid, &theory.ChaosPoint{WeightSD: 1, BiasSD: 0.5}, false, true},
	} {
		figure, err := EdgeOfChaos(c.chaos, c.at)
		if err != nil {
			t.Fatal(err)
		}
		svg := render(t, figure, "svg")
		if line := bytes.Contains(svg, []byte("the edge of chaos<")); line != c.line {
			t.Errorf("%s: a critical line is named: %t, want %t", c.name, line, c.line)
		}
		if mark := bytes.Contains(svg, []byte("this network")); mark != c.mark {
			t.Errorf("%s: the network is named: %t, want %t", c.name, mark, c.mark)
		}
		if !bytes.Equal(svg, render(t, figure, "svg")) {
			t.Errorf("%s: the picture differs the second time", c.name)
		}
	}
}

// Blue is below 1, red above, and white at 1. What lies beyond a decade has the colours of the ends.
func TestColoursOfChi(t *testing.T) {
	for chi, want := range map[float64]float64{1: 0.5, 0.1: 0, 0: 0, 10: 1, math.Inf(1): 1} {
		if got := chiColor(chi); got != diverging(want) {
			t.Errorf("at chi = %g the colour is %v, want %v", chi, got, diverging(want))
		}
	}
	if got := chiColor(math.NaN()); got != nonFiniteColor {
		t.Errorf("of NaN the colour is %v, want %v", got, nonFiniteColor)
	}
}

func TestEdgeOfChaosOfBadMaps(t *testing.T) {
	if _, err := EdgeOfChaos(theory.ChaosMap{}, nil); !errors.Is(err, ErrEmpty) {
		t.Errorf("got the error %v, want ErrEmpty", err)
	}
	ragged := edgeOfChaos(t, graph.ReLU)
	ragged.Points[3] = ragged.Points[3][:5]
	if _, err := EdgeOfChaos(ragged, nil); err == nil {
		t.Error("no error for a row of too few points")
	}
	ragged.Points = ragged.Points[:2]
	if _, err := EdgeOfChaos(ragged, nil); err == nil {
		t.Error("no error for too few rows")
	}
}
