package graph_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

func TestCheckClasses(t *testing.T) {
	loss := graph.CrossEntropy{}
	if err := loss.CheckTarget(tensor.Shape{4, 3}, ints(0, 1, 2)); err != nil {
		t.Error(err)
	}
	for _, bad := range []int{-1, 3} {
		wantError(t, loss.CheckTarget(tensor.Shape{4, 3}, ints(0, bad)), fmt.Sprintf("sample 1: got %d", bad), "want 0 to 2", "3 outputs")
	}
}

// Targets of a binary cross-entropy are probabilities: with labels of -1 and 1 the loss falls without end.
func TestCheckBinaryTargets(t *testing.T) {
	shape := tensor.Shape{4, 2}
	for _, loss := range []graph.TargetChecker{graph.BCE{}, graph.BCE{Sum: true, PositiveWeight: 3}, graph.WeightedBy("w", graph.BCE{}).(graph.TargetChecker)} {
		if err := loss.CheckTarget(shape, f64(2, 0, 1, 0.05, 0.95, 1+1e-7, 0)); err != nil { // soft targets
			t.Error(err)
		}
		wantError(t, loss.CheckTarget(shape, f64(2, 1, 0, 1, -1)), "sample 1: got -1, want 0 to 1", "(y+1)/2")
		wantError(t, loss.CheckTarget(shape, as32(t, f64(2, 1, 0, 1, 1, 2, 1))), "sample 2: got 2, want 0 to 1", "labels as 0 and 1")
		wantError(t, loss.CheckTarget(shape, f64(2, math.NaN(), 0)), "sample 0: got NaN")
	}
}

// Rows of a cross-entropy are distributions, or zeros for samples that count for nothing.
func TestCheckDistributions(t *testing.T) {
	shape, loss := tensor.Shape{4, 3}, graph.CrossEntropy{OneHot: true}
	if err := loss.CheckTarget(shape, f64(3, 0, 1, 0, 0.33, 0.33, 0.33, 0, 0, 0)); err != nil {
		t.Error(err)
	}
	wantError(t, loss.CheckTarget(shape, f64(3, 0, 1, 0, -1, 1, 1)), "sample 1: got -1, want a probability")
	wantError(t, loss.CheckTarget(shape, as32(t, f64(3, 0, 1, 0, 0, 1, 1))), "sample 1: got probabilities that sum to 2, want 1", "BCE")
	wantError(t, loss.CheckTarget(shape, f64(3, 0.1, 0.2, 0.1)), "sample 0", "sum to 0.4")
	wantError(t, loss.CheckTarget(tensor.Shape{4, 2, 3}, cube(2, 3, 0, 0, 1, 0, 1, 0, 0, 0, 1, 1, 0, 1)), "sample 1", "sum to 2")
}
