package op_test

import (
	"fmt"
	"math"
	"math/cmplx"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

func lruOpCases() []opCase {
	return []opCase{{op: "LRU", in: "ree", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.LRU(in[0], in[1], in[2]) }}}
}

// lruSizes are batch, steps and states: one step, one state, and more states than the kernel takes at a time.
var lruSizes = [][3]int{{1, 1, 1}, {2, 1, 3}, {1, 6, 1}, {3, 5, 4}, {2, 3, 40}}

func lruCases() (cases []gradientCase) {
	for _, s := range lruSizes {
		cases = append(cases, gradientCase{
			op: "LRU", name: fmt.Sprint(s), in: []*tensor.Dense{randn(1, s[0], s[1], 2*s[2]), randn(2, s[2]), randn(3, s[2])},
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.LRU(in[0], in[1], in[2]) },
		})
	}
	return cases
}

// The states are those of a loop over complex numbers, and the gradient by v, step by step, is that by the states. The tolerance is some
// roundings of float64 for each step.
func TestLRUOfComplexNumbers(t *testing.T) {
	for _, s := range lruSizes {
		batch, steps, states := s[0], s[1], s[2]
		in := inputs(randn(1, batch, steps, 2*states), randn(2, states), randn(3, states))
		x := must(t)(op.LRU(in[0], in[1], in[2]))
		upstream := randn(4, batch, steps, 2*states)
		dv := grad(t, weigh(t, x, upstream), in[0])[0]
		run(t, x, dv)
		at := func(data []float64, sample, step, k int) complex128 {
			from := (sample*steps + step) * 2 * states
			return complex(data[from+k], data[from+states+k])
		}
		near := func(what string, got, want complex128) {
			if cmplx.Abs(got-want) > 1e-14*float64(steps)*(1+cmplx.Abs(want)) {
				t.Errorf("%v: %s: got %v, want %v", s, what, got, want)
			}
		}
		for k := range states {
			lambda := cmplx.Exp(complex(-math.Exp(floats(t, in[1])[k]), math.Exp(floats(t, in[2])[k])))
			for sample := range batch {
				var state, delta complex128
				for step := range steps {
					state = lambda*state + at(floats(t, in[0]), sample, step, k)
					near("state", at(floats(t, x), sample, step, k), state)
				}
				for step := steps - 1; step >= 0; step-- {
					delta = cmplx.Conj(lambda)*delta + at(upstream.Float64s(), sample, step, k)
					near("gradient", at(floats(t, dv), sample, step, k), delta)
				}
			}
		}
	}
}

func TestLRUErrors(t *testing.T) {
	in := inputs(randn(1, 2, 3, 8), randn(2, 4), randn(3, 5))
	for _, nodes := range [][3]int{{0, 1, 2}, {0, 2, 2}} {
		if _, err := op.LRU(in[nodes[0]], in[nodes[1]], in[nodes[2]]); err == nil || !strings.Contains(err.Error(), "2·states") {
			t.Errorf("got error %v, want one that names the shapes", err)
		}
	}
}
