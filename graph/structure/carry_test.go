package structure_test

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/structure"
)

// leaky draws a state that forgets half of itself in each step. The weight meets the inputs only. Backwards, the last input
// comes first.
func leaky(s *sketch, steps int, backwards bool) *gorgonia.Node {
	w, h := s.weight("w", 3, 5), s.input("h0", 4, 5)
	results := make([]*gorgonia.Node, steps)
	for i := range results {
		results[i] = must(gorgonia.Tanh(must(gorgonia.Mul(s.input(fmt.Sprint("x", i+1), 4, 3), w))))
	}
	for i := range results {
		if backwards {
			i = steps - 1 - i
		}
		h = must(gorgonia.Add(must(gorgonia.Mul(gorgonia.NewConstant(0.5), h)), results[i]))
	}
	return h
}

// simpleUnit draws a simple recurrent unit: its gate, too, reads the inputs only.
func simpleUnit(s *sketch, steps int) *gorgonia.Node {
	w, forget, c := s.weight("unit/w", 3, 5), s.weight("unit/forget", 3, 5), s.input("c0", 4, 5)
	for i := range steps {
		x := s.input(fmt.Sprint("x", i+1), 4, 3)
		f := must(gorgonia.Sigmoid(must(gorgonia.Mul(x, forget))))
		rest := must(gorgonia.Sub(gorgonia.NewConstant(1.0), f))
		c = must(gorgonia.Add(must(gorgonia.HadamardProd(f, c)), must(gorgonia.HadamardProd(rest, must(gorgonia.Mul(x, w))))))
	}
	return must(gorgonia.Tanh(c))
}

// elementwise draws a recurrent network whose state is multiplied by a number for each unit.
func elementwise(s *sketch, steps int) *gorgonia.Node {
	w, u, h := s.weight("w", 3, 5), s.weight("u", 1, 5), s.input("h0", 4, 5)
	for i := range steps {
		z := must(gorgonia.BroadcastHadamardProd(h, u, nil, []byte{0}))
		h = must(gorgonia.Tanh(must(gorgonia.Add(z, must(gorgonia.Mul(s.input(fmt.Sprint("x", i+1), 4, 3), w))))))
	}
	return h
}

// A layer is recurrent, too, if no matrix carries the state from step to step.
func TestRecurrenceWithoutMatrix(t *testing.T) {
	for name, c := range map[string]struct {
		draw      func(s *sketch) *gorgonia.Node
		sequences int
	}{
		"leaky":            {func(s *sketch) *gorgonia.Node { return leaky(s, 6, false) }, 1},
		"leaky, backwards": {func(s *sketch) *gorgonia.Node { return leaky(s, 6, true) }, 1},
		"simple unit":      {func(s *sketch) *gorgonia.Node { return simpleUnit(s, 6) }, 2},
		"elementwise":      {func(s *sketch) *gorgonia.Node { return elementwise(s, 6) }, 1},
	} {
		s := newSketch()
		net := s.find(t, s.affine(c.draw(s), "out", 2))
		if len(net.Sequences) != c.sequences || net.Depth() != 2 {
			t.Errorf("%s: found\n%v", name, net)
		}
		for _, seq := range net.Sequences {
			if !seq.Recurrent || len(seq.Layers) != 6 {
				t.Errorf("%s: found\n%v", name, net)
			}
			for i, at := range seq.Layers {
				want := fmt.Sprint("x", i+1)
				if name == "leaky, backwards" {
					want = fmt.Sprint("x", 6-i)
				}
				if !slices.ContainsFunc(net.Layers[at].Maps, func(m *structure.Map) bool { return m.Data.Name() == want }) {
					t.Errorf("%s: step %d does not read %s", name, i+1, want)
				}
			}
		}
	}
}

// Towers of one weight that are added or concatenated one after another depend on no earlier ones.
func TestTowersOfOneWeight(t *testing.T) {
	for name, join := range map[string]func(a, b *gorgonia.Node) *gorgonia.Node{
		"added":        func(a, b *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Add(a, b)) },
		"concatenated": func(a, b *gorgonia.Node) *gorgonia.Node { return must(gorgonia.Concat(1, a, b)) },
	} {
		s := newSketch()
		w := s.weight("w", 3, 5)
		tower := func(i int) *gorgonia.Node {
			return must(gorgonia.Tanh(must(gorgonia.Mul(s.input(fmt.Sprint("x", i), 4, 3), w))))
		}
		joined := tower(1)
		for i := range 4 {
			joined = join(joined, tower(i+2))
		}
		net := s.find(t, s.affine(joined, "out", 2))
		if len(net.Sequences) != 1 || net.Sequences[0].Recurrent {
			t.Errorf("%s: found\n%v", name, net)
		}
	}
}
