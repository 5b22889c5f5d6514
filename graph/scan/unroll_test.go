package scan_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/scan"
)

// configs are ways to run a recurrence of some steps.
func configs(steps int) (list []scan.Config) {
	for _, truncate := range []int{0, 1, 3} {
		for _, segment := range []int{0, 3, steps + 2} {
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

// A machine that keeps all values, and one that watches them, give the same numbers.
func TestKeepingAllValues(t *testing.T) {
	for _, c := range cells() {
		want := c.draw(t, tensor.Float64, 4, scan.Config{})
		want.grad(t)
		want.run(t)
		got := c.draw(t, tensor.Float64, 4, scan.Config{})
		got.grad(t)
		keeping, watching := machine.New(got.loss.Graph()), machine.New(got.loss.Graph(), got.wanted...)
		watching.WatchNonFinite(true)
		for _, m := range []*machine.Machine{keeping, watching} {
			if err := m.RunAll(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			for i, n := range got.wanted {
				if a, b := bits(n), bits(want.wanted[i]); fmt.Sprint(a) != fmt.Sprint(b) {
					t.Errorf("%s: value %d: got %v, want %v", c.name, i, n.Value(), want.wanted[i].Value())
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

// States, elements and shared values may be scalars.
func TestScalars(t *testing.T) {
	draw := func(unroll bool) problem {
		g := gorgonia.NewGraph()
		x := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("x"), gorgonia.WithValue(tensor.New(tensor.WithBacking([]float64{0.3, -0.5, 0.8, 0.1}))), gorgonia.WithShape(4))
		scalar := func(name string, v float64) *gorgonia.Node {
			return gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName(name), gorgonia.WithValue(v))
		}
		h, u := scalar("h", 0.2), scalar("u", -1.3)
		outputs, final, err := scan.Draw(scan.Config{Name: "r", Unroll: unroll, Segment: 2, Step: func(s *scan.Scope, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
			y := must(op.Activate(op.Tanh, 0, must(op.Add(x[0], must(op.Mul(h[0], s.Shared(u)))))))
			return gorgonia.Nodes{y}, gorgonia.Nodes{y}, nil
		}}, gorgonia.Nodes{x}, gorgonia.Nodes{h})
		if err != nil {
			t.Fatal(err)
		}
		p := problem{leaves: gorgonia.Nodes{x, h, u}, wanted: append(outputs, final...)}
		p.loss = must(op.Add(must(gorgonia.Sum(must(op.Mul(outputs[0], outputs[0])))), final[0]))
		p.grad(t)
		p.run(t)
		return p
	}
	got, want := draw(false), draw(true)
	for i, n := range got.wanted {
		if a, b := bits(n), bits(want.wanted[i]); fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("value %d: got %v, want %v", i, n.Value(), want.wanted[i].Value())
		}
	}
}
