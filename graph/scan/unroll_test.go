package scan_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/scan"
)

// configs are ways to run a recurrence of some steps.
func configs(steps int) (list []scan.Config) {
	for _, truncate := range []int{0, 1, 3, steps} {
		for _, segment := range []int{0, 1, 3, steps, steps + 2} {
			list = append(list, scan.Config{Truncate: truncate, Segment: segment})
		}
	}
	return list
}

// The one operation gives the numbers of the unrolled form, to the bit: outputs, final states and all gradients.
func TestSameAsUnrolled(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, c := range cells() {
			for _, steps := range []int{1, 2, 7} {
				for _, config := range configs(steps) {
					t.Run(fmt.Sprintf("%v/%s/%d/%d/%d", dt, c.name, steps, config.Truncate, config.Segment), func(t *testing.T) {
						got := c.draw(t, dt, steps, config)
						got.grad(t)
						got.run(t)
						config.Unroll = true
						want := c.draw(t, dt, steps, config)
						want.grad(t)
						want.run(t)
						for i, n := range got.wanted {
							if a, b := bits(n), bits(want.wanted[i]); fmt.Sprint(a) != fmt.Sprint(b) {
								t.Errorf("value %d, %v: got %v, want %v", i, n, n.Value(), want.wanted[i].Value())
							}
						}
					})
				}
			}
		}
	}
}

// bits are the bits of a node's numbers.
func bits(n *gorgonia.Node) (list []uint64) {
	switch x := n.Value().Data().(type) {
	case []float32:
		for _, v := range x {
			list = append(list, uint64(math.Float32bits(v)))
		}
	case []float64:
		for _, v := range x {
			list = append(list, math.Float64bits(v))
		}
	case float32:
		list = append(list, uint64(math.Float32bits(x)))
	case float64:
		list = append(list, math.Float64bits(x))
	}
	return list
}
