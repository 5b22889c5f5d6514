package theory

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
)

func TestEdgeOfChaos(t *testing.T) {
	chaos, err := EdgeOfChaos(graph.Tanh, []float64{0.5, 1, 1.5, 2, 3}, []float64{0, 0.1, 0.3})
	if err != nil {
		t.Fatal(err)
	}
	if len(chaos.Points) != 3 || len(chaos.Points[0]) != 5 || chaos.Activation != "tanh" {
		t.Fatalf("map %+v", chaos)
	}
	for i, row := range chaos.Points {
		for j := 1; j < len(row); j++ {
			if row[j].Chi < row[j-1].Chi {
				t.Errorf("bias %g: chi falls from %g to %g with the weights", chaos.BiasSD[i], row[j-1].Chi, row[j].Chi)
			}
		}
	}
	for _, at := range chaos.Line {
		f := fixedAt(graph.Tanh, at.WeightSD*at.WeightSD, at.BiasSD*at.BiasSD)
		if math.Abs(f.Chi-1) > 1e-3 {
			t.Errorf("chi is %g at %+v of the critical line", f.Chi, at)
		}
	}
	if len(chaos.Line) < 50 {
		t.Errorf("the critical line has %d points", len(chaos.Line))
	}
}

// The line of ReLU is straight: chi is half of the weights' variance at any mean square.
func TestEdgeOfChaosOfReLU(t *testing.T) {
	chaos, err := EdgeOfChaos(graph.ReLU, []float64{1, 2}, []float64{0, 0.5, 2})
	if err != nil || len(chaos.Line) != 2 {
		t.Fatalf("got the line %v and the error %v, want two ends", chaos.Line, err)
	}
	for i, bias := range []float64{0, 2} {
		near(t, "weights", chaos.Line[i].WeightSD, math.Sqrt2, 1e-12)
		near(t, "biases", chaos.Line[i].BiasSD, bias, 0)
	}
	if chaos, err = EdgeOfChaos(graph.ReLU, []float64{1, 1.3}, []float64{0, 1}); err != nil || chaos.Line != nil {
		t.Errorf("got the line %v and the error %v, want none below √2", chaos.Line, err)
	}
}

func TestEdgeOfChaosOfBadGrids(t *testing.T) {
	for _, grid := range [][]float64{nil, {0}, {1, 1}, {2, 1}, {math.NaN(), 1}, {1, math.Inf(1)}} {
		if _, err := EdgeOfChaos(graph.Tanh, grid, []float64{0, 1}); err == nil {
			t.Errorf("no error for weights %v", grid)
		}
	}
}
