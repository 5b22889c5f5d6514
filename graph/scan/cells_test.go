package scan_test

import (
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/scan"
)

const batch, width, hidden = 3, 5, 4

// A problem is a recurrence with a loss of all it gives.
type problem struct {
	leaves gorgonia.Nodes // sequences, first states and parameters, in the order in which they were made
	loss   *gorgonia.Node
	wanted gorgonia.Nodes // outputs, final states and, after grad, gradients
}

// A cell is a step, with the shapes of its first states and of its parameters.
type cell struct {
	name   string
	states []tensor.Shape
	params []tensor.Shape
	step   func(x, params, states gorgonia.Nodes) (next, outputs gorgonia.Nodes)
	// reads tells which of outputs, then final states, the loss reads; nil is all
	reads []int
}

func must(n *gorgonia.Node, err error) *gorgonia.Node { return gorgonia.Must(n, err) }

// cells are recurrences whose nodes are read once or several times, in the step and by the next.
func cells() []cell {
	h := tensor.Shape{batch, hidden}
	linear := func(x, h, w, u *gorgonia.Node) *gorgonia.Node {
		return must(op.Add(must(op.MatMul(x, w, false, false)), must(op.MatMul(h, u, false, false))))
	}
	tanh := func(x *gorgonia.Node) *gorgonia.Node { return must(op.Activate(op.Tanh, 0, x)) }
	sigmoid := func(x *gorgonia.Node) *gorgonia.Node { return must(op.Activate(op.Sigmoid, 0, x)) }
	in, rec := tensor.Shape{width, hidden}, tensor.Shape{hidden, hidden}
	rnn := func(x, p, s gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
		y := tanh(linear(x[0], s[0], p[0], p[1]))
		return gorgonia.Nodes{y}, gorgonia.Nodes{y}
	}
	return []cell{
		{name: "rnn", states: []tensor.Shape{h}, params: []tensor.Shape{in, rec}, step: rnn},
		{name: "rnn, last state", states: []tensor.Shape{h}, params: []tensor.Shape{in, rec}, step: rnn, reads: []int{1}},
		{name: "rnn, outputs", states: []tensor.Shape{h}, params: []tensor.Shape{in, rec}, step: rnn, reads: []int{0}},
		{name: "residual", states: []tensor.Shape{h}, params: []tensor.Shape{in, rec, {hidden, 2}},
			step: func(x, p, s gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
				y := must(op.Add(s[0], must(op.Scale(tanh(linear(x[0], s[0], p[0], p[1])), 0.5))))
				return gorgonia.Nodes{y}, gorgonia.Nodes{must(op.MatMul(y, p[2], false, false)), tanh(y)}
			}},
		{name: "gated", states: []tensor.Shape{h, h}, params: []tensor.Shape{in, rec, in, rec, in, rec},
			step: func(x, p, s gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
				forget := sigmoid(linear(x[0], s[0], p[0], p[1]))
				write := tanh(linear(x[0], s[0], p[2], p[3]))
				show := sigmoid(linear(x[0], s[0], p[4], p[5]))
				c := must(op.Add(must(op.Mul(forget, s[1])), write))
				y := must(op.Mul(show, tanh(c)))
				return gorgonia.Nodes{y, c}, gorgonia.Nodes{y}
			}, reads: []int{0, 1}},
		{name: "sum", states: []tensor.Shape{{batch, width}}, step: func(x, _, s gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			y := must(op.Add(x[0], s[0]))
			return gorgonia.Nodes{y}, nil
		}},
		{name: "no state", params: []tensor.Shape{in}, step: func(x, p, _ gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			return nil, gorgonia.Nodes{tanh(must(op.MatMul(x[0], p[0], false, false)))}
		}},
		{name: "stock", states: []tensor.Shape{h}, params: []tensor.Shape{in, rec}, step: func(x, p, s gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
			z := must(gorgonia.Add(must(gorgonia.Mul(x[0], p[0])), must(gorgonia.Mul(s[0], p[1]))))
			y := must(gorgonia.Add(must(gorgonia.Tanh(z)), must(gorgonia.HadamardProd(s[0], s[0]))))
			return gorgonia.Nodes{y}, gorgonia.Nodes{must(gorgonia.Sub(y, s[0]))}
		}},
	}
}

// draw draws a cell over some steps, and a loss.
func (c cell) draw(t *testing.T, dt tensor.Dtype, steps int, config scan.Config) problem {
	t.Helper()
	g := gorgonia.NewGraph()
	rng := rand.New(rand.NewPCG(1, 2))
	var p problem
	leaf := func(name string, shape ...int) *gorgonia.Node {
		n := gorgonia.NewTensor(g, dt, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(random(rng, dt, shape...)))
		p.leaves = append(p.leaves, n)
		return n
	}
	x := leaf("x", steps, batch, width)
	var states, params gorgonia.Nodes
	for _, s := range c.states {
		states = append(states, leaf("h"+string(rune('0'+len(states))), s...))
	}
	for _, s := range c.params {
		params = append(params, leaf("p"+string(rune('0'+len(params))), s...))
	}
	config.Name = "cell"
	config.Step = func(s *scan.Scope, x, h gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
		var in gorgonia.Nodes
		for _, n := range params {
			in = append(in, s.Shared(n))
		}
		next, outputs = c.step(x, in, h)
		return next, outputs, nil
	}
	outputs, final, err := scan.Draw(config, gorgonia.Nodes{x}, states)
	if err != nil {
		t.Fatal(err)
	}
	p.wanted = append(outputs, final...)
	for i, y := range p.wanted {
		if c.reads != nil && !contains(c.reads, i) {
			continue
		}
		weights := gorgonia.NewTensor(g, dt, y.Dims(), gorgonia.WithShape(y.Shape()...), gorgonia.WithName("weights"+string(rune('0'+i))),
			gorgonia.WithValue(random(rng, dt, y.Shape()...)))
		term := must(gorgonia.Sum(must(op.Mul(y, weights))))
		if p.loss == nil {
			p.loss = term
			continue
		}
		p.loss = must(op.Add(p.loss, term))
	}
	return p
}

func contains(list []int, v int) bool {
	for _, w := range list {
		if w == v {
			return true
		}
	}
	return false
}

// grad adds the gradients by all leaves to what is wanted.
func (p *problem) grad(t *testing.T) gorgonia.Nodes {
	t.Helper()
	grads, err := gorgonia.Grad(p.loss, p.leaves...)
	if err != nil {
		t.Fatal(err)
	}
	p.wanted = append(p.wanted, grads...)
	return grads
}

// run computes what is wanted.
func (p *problem) run(t *testing.T) *machine.Machine {
	t.Helper()
	m := machine.New(p.loss.Graph(), append(gorgonia.Nodes{p.loss}, p.wanted...)...)
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	return m
}

func random(rng *rand.Rand, dt tensor.Dtype, shape ...int) *tensor.Dense {
	size := tensor.Shape(shape).TotalSize()
	single, double := make([]float32, size), make([]float64, size)
	for i := range double {
		double[i] = rng.NormFloat64() / 2
		single[i] = float32(double[i])
	}
	if dt == tensor.Float32 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(single))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(double))
}
