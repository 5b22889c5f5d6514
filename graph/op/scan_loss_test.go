package op_test

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// Inner is the sum of products, and its gradient by y the other factor. As a term of another weight it is an error.
func TestInner(t *testing.T) {
	in := inputs(randn(1, 3, 2), randn(2, 3, 2))
	y := must(t)(op.Inner(in[0], in[1]))
	by := grad(t, y, in[0])
	run(t, y, by[0])
	want := 0.0
	for i, v := range floats(t, in[0]) {
		want += v * floats(t, in[1])[i]
		if got := floats(t, by[0])[i]; got != floats(t, in[1])[i] {
			t.Errorf("gradient %d: got %v, want %v", i, got, floats(t, in[1])[i])
		}
	}
	if got := floats(t, y)[0]; math.Abs(got-want) > 1e-15 {
		t.Errorf("got %v, want %v", got, want)
	}
	twice := inputs(randn(1, 3), randn(2, 3))
	term := must(t)(op.Scale(must(t)(op.Inner(twice[0], twice[1])), 2))
	if _, err := gorgonia.Grad(term, twice[0]); err == nil || !strings.Contains(err.Error(), "want one of weight 1") {
		t.Errorf("a term of weight 2: got error %v", err)
	}
}

// CutStep passes its input on, and ends the gradient: it is minus zero, which changes no sum.
func TestCutStepEndsTheGradient(t *testing.T) {
	in := inputs(randn(1, 3, 2))
	y := must(t)(op.CutStep(in[0], "h", 1))
	by := grad(t, weigh(t, y, randn(2, 3, 2)), in[0])
	run(t, y, by[0])
	for i, v := range floats(t, in[0]) {
		if got := floats(t, y)[i]; got != v {
			t.Errorf("element %d: got %v, want %v", i, got, v)
		}
		if got := floats(t, by[0])[i]; got != 0 || !math.Signbit(got) {
			t.Errorf("gradient %d: got %v, want minus zero", i, got)
		}
	}
}
