package present

import (
	"math"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
)

func TestOddestLayer(t *testing.T) {
	theory := &vanishing.Theory{Z: slices.Repeat([]float64{math.NaN()}, 100), Step: slices.Repeat([]float64{math.Inf(1)}, 100)}
	theory.Step[50] = 5.25
	if got := oddest(theory); got != 50 {
		t.Errorf("the layer farthest from theory is %d, want 50", got)
	}
}
