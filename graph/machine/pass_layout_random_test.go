package machine_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// A sketch is a graph of operations on images that are picked at random.
type sketch struct {
	t      *testing.T
	rng    *rand.Rand
	g      *gorgonia.ExprGraph
	params gorgonia.Nodes
	nodes  gorgonia.Nodes // images so far
}

// must fails the test on an error.
func (s *sketch) must(n *gorgonia.Node, err error) *gorgonia.Node {
	if err != nil {
		s.t.Helper()
		s.t.Fatal(err)
	}
	return n
}

// input adds an input.
func (s *sketch) input(shape ...int) *gorgonia.Node {
	return gorgonia.NewTensor(s.g, tensor.Float32, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(fmt.Sprint("x", s.rng.Uint64())),
		gorgonia.WithValue(randn(s.t, tensor.Float32, s.rng.Uint64(), shape...)))
}

// param adds a parameter.
func (s *sketch) param(shape ...int) *gorgonia.Node {
	s.params = append(s.params, s.input(shape...))
	return s.params[len(s.params)-1]
}

// perhaps is n with probability 1/2, and nil otherwise.
func (s *sketch) perhaps(n int) *gorgonia.Node {
	if s.rng.IntN(2) == 0 {
		return nil
	}
	return s.param(n)
}

// window is a window for images of a size.
func (s *sketch) window(height, width int) (w op.Window) {
	for side, n := range []int{height, width} {
		w.Size[side] = 1 + s.rng.IntN(min(3, n))
		w.Stride[side], w.Dilation[side] = 1+s.rng.IntN(2), 1
		w.Padding[side] = s.rng.IntN(w.Size[side]/2 + 1)
	}
	return w
}

// draw adds an operation on the last images, or on these and others of their shape.
func (s *sketch) draw() {
	x := s.nodes[len(s.nodes)-1]
	other, shape := x, x.Shape()
	for _, n := range s.nodes {
		if n.Shape().Eq(shape) && s.rng.IntN(2) == 0 {
			other = n
		}
	}
	c, w := shape[1], s.window(shape[2], shape[3])
	channels := []int{1, 3, 16, 20, 33}[s.rng.IntN(5)]
	var y *gorgonia.Node
	switch s.rng.IntN(13) {
	case 0, 1, 2:
		y = s.must(op.Conv2D(x, s.param(channels, c, w.Size[0], w.Size[1]), s.perhaps(channels), w, 1))
	case 3:
		y = s.must(op.ConvTranspose2D(x, s.param(c, channels, 2, 3), s.perhaps(channels), op.Window{Stride: [2]int{2, 1}, Padding: [2]int{0, 1}}, [2]int{1, 0}, 1))
	case 4:
		outputs := c * (1 + s.rng.IntN(2))
		y = s.must(op.Conv2D(x, s.param(outputs, 1, w.Size[0], w.Size[1]), s.perhaps(outputs), w, c))
	case 5:
		y = s.must(op.MaxPool2D(x, w))
	case 6:
		y = s.must(op.AvgPool2D(x, w, s.rng.IntN(2) == 0))
	case 7:
		y = s.must(op.Add(other, x))
	case 8:
		y = s.must(op.Scale(s.must(op.Mul(x, other)), 0.5))
	case 9:
		y = s.must(op.Activate([]op.Activation{op.ReLU, op.LeakyReLU, op.Sigmoid, op.GELU}[s.rng.IntN(4)], 0.1, x))
	case 10, 11:
		y = s.normalize(x, other)
	case 12:
		y = s.must(op.PadChannels(x, c+s.rng.IntN(20), 1+s.rng.IntN(2)))
	}
	s.nodes = append(s.nodes, y)
}

// normalize normalises x by its own statistics or by given ones, mostly with a sum and ReLU after it.
func (s *sketch) normalize(x, other *gorgonia.Node) *gorgonia.Node {
	c := x.Shape()[1]
	frozen := s.rng.IntN(3) == 0
	mean := s.input(c)
	rstd := s.must(op.Activate(op.Sigmoid, 0, s.input(c)))
	if !frozen {
		mean = s.must(op.Mean(x, op.OverImages))
		rstd = s.must(op.RStd(x, mean, op.OverImages, 1e-3))
	}
	y := s.must(op.Normalize(x, mean, rstd, s.param(c), s.param(c), op.OverImages, frozen))
	if s.rng.IntN(2) == 0 {
		y = s.must(op.Add(y, other))
	}
	if s.rng.IntN(3) > 0 {
		y = s.must(op.Activate(op.ReLU, 0, y))
	}
	return y
}

// Of graphs drawn at random, outputs and gradients are those of a machine that keeps every value in the layout at the interface.
func TestLayoutOfRandomGraphs(t *testing.T) {
	for seed := range uint64(60) {
		s := &sketch{t: t, rng: rand.New(rand.NewPCG(seed, 7)), g: gorgonia.NewGraph()}
		s.nodes = gorgonia.Nodes{s.param(3, []int{2, 5, 16, 18}[s.rng.IntN(4)], 5+s.rng.IntN(6), 5+s.rng.IntN(6))}
		for range 10 {
			s.draw()
		}
		last := s.nodes[len(s.nodes)-1]
		pooled := s.must(op.GlobalAvgPool(last))
		loss := s.must(op.ReduceMean(s.must(op.Mul(pooled, s.input(pooled.Shape()...))), nil, false))
		s.must(nil, func() error { _, err := gorgonia.Grad(loss, s.params...); return err }())
		outputs := gorgonia.Nodes{loss, pooled}
		for _, p := range s.params {
			if p.Deriv() != nil {
				outputs = append(outputs, p.Deriv())
			}
		}
		s.compare(seed, outputs)
	}
}

// compare compares the outputs of the two machines.
func (s *sketch) compare(seed uint64, outputs gorgonia.Nodes) {
	s.t.Helper()
	plain, planned := machine.New(s.g, outputs...), machine.New(s.g, outputs...)
	plain.KeepAll()
	if err := plain.RunAll(); err != nil {
		s.t.Fatalf("seed %d: %v", seed, err)
	}
	var want []gorgonia.Value
	largest := 0.0
	for _, n := range outputs {
		v, err := gorgonia.CloneValue(n.Value())
		if err != nil {
			s.t.Fatal(err)
		}
		want, largest = append(want, v), max(largest, norm(v))
	}
	if err := planned.RunAll(); err != nil {
		s.t.Fatalf("seed %d: %v", seed, err)
	}
	for i, n := range outputs {
		d := distance(n.Value(), want[i])
		if !(d < 1e-3) && !(d*norm(want[i]) < 1e-6*largest) { // a bias before a normalisation has the gradient 0, but for rounding
			s.t.Errorf("seed %d, output %d (%v) of shape %v differs by %g of its size", seed, i, n, n.Shape(), d)
		}
	}
}

// norm is the L2 norm of a value.
func norm(v gorgonia.Value) (norm float64) {
	for _, x := range floats(v) {
		norm = math.Hypot(norm, x)
	}
	return norm
}
