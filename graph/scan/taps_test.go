package scan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/scan"
	"github.com/gradflow/gradflow/internal/kernel"
)

// tapped draws a tanh recurrence whose steps have the pre-activation z, which it returns for each time the step is drawn.
func tapped(t *testing.T, config scan.Config) (p problem, z gorgonia.Nodes) {
	t.Helper()
	c := cell{states: []tensor.Shape{{batch, hidden}}, params: []tensor.Shape{{width, hidden}, {hidden, hidden}},
		step: func(x, p, s gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			pre := must(op.Add(must(op.MatMul(x[0], p[0], false, false)), must(op.MatMul(s[0], p[1], false, false))))
			z = append(z, pre)
			y := must(op.Activate(op.Tanh, 0, pre))
			return gorgonia.Nodes{y}, gorgonia.Nodes{y}
		}}
	p = c.draw(t, tensor.Float64, 5, config)
	p.grad(t)
	return p, z
}

// A tap on a node of the step sees its value, or its gradient, in each step: what taps on the nodes of the unrolled form see.
func TestTapsSeeEachStep(t *testing.T) {
	for _, segment := range []int{0, 2} {
		p, z := tapped(t, scan.Config{Segment: segment})
		m := machine.New(p.loss.Graph(), p.wanted...)
		unrolled, each := tapped(t, scan.Config{Unroll: true})
		u := machine.New(unrolled.loss.Graph(), unrolled.wanted...)
		for _, of := range []func(n *gorgonia.Node) *gorgonia.Node{
			func(n *gorgonia.Node) *gorgonia.Node { return n }, (*gorgonia.Node).Deriv,
		} {
			var got, want [5][]float64
			var order []int
			var all []float64
			remove := m.TapSteps(of(z[0]), func(step int, v gorgonia.Value) {
				order = append(order, step)
				got[step] = slices.Clone(v.Data().([]float64))
			})
			removeAll := m.Tap(of(z[0]), func(v gorgonia.Value) {
				if !v.Shape().Eq(tensor.Shape{5, batch, hidden}) {
					t.Errorf("got shape %v of all steps", v.Shape())
				}
				all = append(all, v.Data().([]float64)...)
			})
			for i, n := range each {
				u.Tap(of(n), func(v gorgonia.Value) { want[i] = slices.Clone(v.Data().([]float64)) })
			}
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
			if err := u.RunAll(); err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("segment %d: got %v, want %v", segment, got, want)
			}
			if !slices.Equal(all, slices.Concat(want[:]...)) {
				t.Errorf("segment %d: all steps: got %v, want %v", segment, all, want)
			}
			if len(order) != 5 || !slices.IsSorted(order) && !slices.IsSortedFunc(order, func(a, b int) int { return b - a }) {
				t.Errorf("got steps %v, want 5 in order", order)
			}
			remove()
			removeAll()
			if err := m.RunAll(); err != nil || len(order) != 5 {
				t.Errorf("after the tap was removed: got steps %v and error %v", order, err)
			}
		}
	}
}

// A group of taps that is switched off costs no call, and switched on again sees the steps.
func TestTapGroupsOfSteps(t *testing.T) {
	p, z := tapped(t, scan.Config{})
	m := machine.New(p.loss.Graph(), p.wanted...)
	group, calls := m.NewTapGroup(), 0
	group.TapSteps(z[0].Deriv(), func(int, gorgonia.Value) { calls++ })
	for _, on := range []bool{true, false, true} {
		group.Enable(on)
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
	}
	if calls != 2*5 {
		t.Errorf("got %d calls, want %d", calls, 2*5)
	}
}

// A tap computes the recurrence if nothing else does.
func TestTapComputesTheRecurrence(t *testing.T) {
	p, z := tapped(t, scan.Config{})
	m := machine.New(p.loss.Graph(), p.leaves[0])
	calls := 0
	m.TapSteps(z[0], func(int, gorgonia.Value) { calls++ })
	if err := m.RunAll(); err != nil || calls != 5 {
		t.Errorf("got %d calls and error %v, want 5", calls, err)
	}
}

// Mistakes in taps are errors, and so are panics in them.
func TestTapErrors(t *testing.T) {
	p, z := tapped(t, scan.Config{})
	for _, c := range []struct {
		want string
		tap  func(m *machine.Machine)
	}{
		{"want one of the step of a recurrence", func(m *machine.Machine) { m.TapSteps(p.loss, func(int, gorgonia.Value) {}) }},
		{"got a node of another graph", func(m *machine.Machine) {
			m.Tap(gorgonia.NewScalar(gorgonia.NewGraph(), tensor.Float64), func(gorgonia.Value) {})
		}},
		{"panic in a tap: spilt", func(m *machine.Machine) { m.TapSteps(z[0], func(int, gorgonia.Value) { panic("spilt") }) }},
	} {
		m := machine.New(p.loss.Graph(), p.wanted...)
		c.tap(m)
		if err := m.RunAll(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got error %v, want one with %q", err, c.want)
		}
	}
}

// Gradients that get too small over the steps are noted as flushed.
func TestFlushedInSteps(t *testing.T) {
	if !strings.HasPrefix(kernel.Kernels(), "Go assembly") {
		t.Skipf("SKIPPED: %s flush nothing that they tell", kernel.Kernels())
	}
	const steps = 60
	var inner *gorgonia.Node
	c := cell{states: []tensor.Shape{{batch, width}}, step: func(x, _, s gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
		inner = must(op.Scale(s[0], 0.1))
		return gorgonia.Nodes{must(op.Add(inner, x[0]))}, nil
	}}
	for _, s := range []struct {
		steps int
		want  bool
	}{{5, false}, {steps, true}} {
		p := c.draw(t, tensor.Float32, s.steps, scan.Config{})
		p.grad(t)
		m := machine.New(p.loss.Graph(), p.wanted...)
		by := op.Operands(inner)[0].Deriv() // of the state before the step
		flushed := false
		m.Tap(by, func(gorgonia.Value) { flushed = m.Flushed(by) })
		for range 2 {
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
			if flushed != s.want || m.Flushed(by) != s.want {
				t.Errorf("%d steps: got flushed %v in the tap and %v after the run, want %v", s.steps, flushed, m.Flushed(by), s.want)
			}
		}
	}
}
