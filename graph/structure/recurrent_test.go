package structure_test

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// rnn draws two stacked tanh networks, the second over the first, and an output at each step.
func rnn(s *sketch, steps, layers int) (outputs []*gorgonia.Node) {
	type cell struct{ in, state, bias, h *gorgonia.Node }
	cells := make([]*cell, layers)
	width := 3
	for i := range cells {
		name := fmt.Sprintf("cell%d", i+1)
		cells[i] = &cell{s.weight(name+"/in", width, 5), s.weight(name+"/state", 5, 5), s.weight(name+"/bias", 1, 5), s.input(name+"/start", 4, 5)}
		width = 5
	}
	out := s.weight("out.w", 5, 2)
	for t := range steps {
		x := s.input(fmt.Sprintf("x%d", t+1), 4, 3)
		for _, c := range cells {
			z := must(gorgonia.Add(must(gorgonia.Mul(x, c.in)), must(gorgonia.Mul(c.h, c.state))))
			c.h = must(gorgonia.Tanh(must(gorgonia.BroadcastAdd(z, c.bias, nil, []byte{0}))))
			x = c.h
		}
		outputs = append(outputs, must(gorgonia.Mul(x, out)))
	}
	return outputs
}

// A recurrent network over 40 steps is one layer over 40 steps, at one depth.
func TestRecurrent(t *testing.T) {
	s := newSketch()
	outputs := rnn(s, 40, 1)
	net := s.find(t, outputs[39])
	golden(t, "rnn", net)
	if len(net.Layers) != 41 || len(net.Sequences) != 1 || !net.Sequences[0].Recurrent || net.Depth() != 2 {
		t.Fatalf("found %d layers, %d sequences, depth %d", len(net.Layers), len(net.Sequences), net.Depth())
	}
	var before *gorgonia.Node
	for i, at := range net.Sequences[0].Layers {
		l := net.Layers[at]
		if l.Step != i+1 || l.Depth != 1 || len(l.Maps) != 2 || i > 0 && l.Maps[0].Data != before {
			t.Errorf("step %d is %+v", i+1, l)
		}
		before = l.Act
	}
}

// Two layers with an output at each step: the outputs are a sequence too, which is not recurrent.
func TestStackedRecurrent(t *testing.T) {
	s := newSketch()
	net := s.find(t, rnn(s, 5, 2)...)
	golden(t, "rnn-stacked", net)
	for _, seq := range net.Sequences {
		for i, at := range seq.Layers {
			if got := net.Layers[at].Step; got != i+1 {
				t.Errorf("step %d of %s is called %d", i+1, net.Layers[at].Path, got)
			}
		}
	}
}

// The samples of all steps may be parts of one input.
func TestRecurrentOverSlices(t *testing.T) {
	s := newSketch()
	x, in, state := s.input("x", 6, 4, 3), s.weight("in", 3, 5), s.weight("state", 5, 5)
	h := s.input("start", 4, 5)
	for t := range 6 {
		step := must(gorgonia.Slice(x, gorgonia.S(t)))
		h = must(gorgonia.Tanh(must(gorgonia.Add(must(gorgonia.Mul(step, in)), must(gorgonia.Mul(h, state))))))
	}
	golden(t, "rnn-slices", s.find(t, s.mul(h, "out", 2)))
}

// An LSTM: its four gates have one depth.
func TestLSTM(t *testing.T) {
	s := newSketch()
	type pair struct{ in, state *gorgonia.Node }
	gates := map[string]pair{}
	for _, name := range []string{"i", "f", "o", "g"} {
		gates[name] = pair{s.weight("lstm/"+name+"/in", 3, 5), s.weight("lstm/"+name, 5, 5)}
	}
	h, c := s.input("h0", 4, 5), s.input("c0", 4, 5)
	for step := range 4 {
		x := s.input(fmt.Sprintf("x%d", step+1), 4, 3)
		z := func(name string) *gorgonia.Node {
			return must(gorgonia.Add(must(gorgonia.Mul(x, gates[name].in)), must(gorgonia.Mul(h, gates[name].state))))
		}
		i, f, o, g := must(gorgonia.Sigmoid(z("i"))), must(gorgonia.Sigmoid(z("f"))), must(gorgonia.Sigmoid(z("o"))), must(gorgonia.Tanh(z("g")))
		c = must(gorgonia.Add(must(gorgonia.HadamardProd(f, c)), must(gorgonia.HadamardProd(i, g))))
		h = must(gorgonia.HadamardProd(o, must(gorgonia.Tanh(c))))
	}
	net := s.find(t, s.affine(h, "out", 2))
	golden(t, "lstm", net)
	if got := depths(net); got != "lstm/i 1\nlstm/f 1\nlstm/o 1\nlstm/g 1\nout 2\n" {
		t.Errorf("depths are\n%s", got)
	}
}

// One tower for two inputs is a layer over two steps that do not depend on each other.
func TestSiamese(t *testing.T) {
	s := newSketch()
	w := s.weight("tower", 3, 5)
	tower := func(name string) *gorgonia.Node {
		return must(gorgonia.Tanh(must(gorgonia.Mul(s.input(name, 4, 3), w))))
	}
	net := s.find(t, s.affine(must(gorgonia.Concat(1, tower("x"), tower("y"))), "out", 2))
	golden(t, "siamese", net)
	if len(net.Sequences) != 1 || net.Sequences[0].Recurrent {
		t.Errorf("found\n%v", net)
	}
}

// A gated recurrent unit of our own operations: the candidate reads a gate, and so is one deeper.
func TestGRU(t *testing.T) {
	s := newSketch()
	in, state := map[string]*gorgonia.Node{}, map[string]*gorgonia.Node{}
	for _, name := range []string{"z", "r", "n"} {
		in[name], state[name] = s.weight("gru/"+name+"/in", 3, 5), s.weight("gru/"+name, 5, 5)
	}
	h := s.input("h0", 4, 5)
	for step := range 3 {
		x := s.input(fmt.Sprintf("x%d", step+1), 4, 3)
		sum := func(name string, h *gorgonia.Node) *gorgonia.Node {
			return must(op.Add(must(op.MatMul(x, in[name], false, false)), must(op.MatMul(h, state[name], false, false))))
		}
		z, r := must(op.Activate(op.Sigmoid, 0, sum("z", h))), must(op.Activate(op.Sigmoid, 0, sum("r", h)))
		n := must(op.Activate(op.Tanh, 0, sum("n", must(op.Mul(r, h)))))
		rest := must(gorgonia.Add(must(op.Scale(z, -1)), gorgonia.NewConstant(1.0)))
		h = must(op.Add(must(op.Mul(rest, n)), must(op.Mul(z, h))))
	}
	net := s.find(t, s.affine(h, "out", 2))
	golden(t, "gru", net)
	for _, seq := range net.Sequences { // they read each other
		if !seq.First {
			t.Errorf("%s is not first", net.Layers[seq.Layers[0]].Path)
		}
	}
	if got := depths(net); got != "gru/z 1\ngru/r 1\ngru/n 2\nout 3\n" {
		t.Errorf("depths are\n%s", got)
	}
}

// The first step may leave out the state, and maps of the input may be drawn for all steps before.
func TestRecurrentDrawnInOtherWays(t *testing.T) {
	s := newSketch()
	in, state := s.weight("in", 3, 5), s.weight("state", 5, 5)
	var mapped []*gorgonia.Node
	for step := range 4 {
		mapped = append(mapped, must(gorgonia.Mul(s.input(fmt.Sprintf("x%d", step+1), 4, 3), in)))
	}
	h := must(gorgonia.Tanh(mapped[0]))
	for _, z := range mapped[1:] {
		h = must(gorgonia.Tanh(must(gorgonia.Add(must(gorgonia.Mul(h, state)), z))))
	}
	net := s.find(t, s.mul(h, "out", 2))
	if len(net.Sequences) != 1 || len(net.Sequences[0].Layers) != 4 || !net.Sequences[0].Recurrent || net.Depth() != 2 {
		t.Fatalf("found\n%v", net)
	}
	for i, at := range net.Sequences[0].Layers {
		if l := net.Layers[at]; l.Step != i+1 || l.Depth != 1 {
			t.Errorf("step %d is %+v", i+1, l)
		}
	}
}

// A first state that is learned is no weight of a layer, and the first step has the name and the weight of the others.
func TestLearnedFirstState(t *testing.T) {
	s := newSketch()
	in, state, h := s.weight("in", 3, 5), s.weight("state", 5, 5), s.weight("start", 4, 5)
	for step := range 4 {
		x := s.input(fmt.Sprintf("x%d", step+1), 4, 3)
		h = must(gorgonia.Tanh(must(gorgonia.Add(must(gorgonia.Mul(x, in)), must(gorgonia.Mul(h, state))))))
	}
	net := s.find(t, s.mul(h, "out", 2))
	want := "network: 2 layers, depth 2\n  1 state: 5 + 3 -> 5, tanh, recurrent over 4 steps\n  2 out: 5 -> 2\n"
	if got := net.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for i, want := range []structure.ParameterRole{structure.Weight, structure.Weight, structure.Bias} {
		if p := net.Parameters[i]; p.Role != want {
			t.Errorf("%s is a %v, want %v", p.Name, p.Role, want)
		}
	}
}

// Outputs of all steps go by the time of the step, in whatever order they were drawn.
func TestOutputsDrawnBackwards(t *testing.T) {
	s := newSketch()
	in, state, out := s.weight("in", 3, 5), s.weight("state", 5, 5), s.weight("out", 5, 2)
	h := s.input("start", 4, 5)
	var states, outputs []*gorgonia.Node
	for step := range 4 {
		x := s.input(fmt.Sprintf("x%d", step+1), 4, 3)
		h = must(gorgonia.Tanh(must(gorgonia.Add(must(gorgonia.Mul(x, in)), must(gorgonia.Mul(h, state))))))
		states = append(states, h)
	}
	for _, h := range slices.Backward(states) {
		outputs = append(outputs, must(gorgonia.Mul(h, out)))
	}
	for _, l := range s.find(t, outputs...).Layers {
		if want := slices.Index(states, l.Maps[0].Data) + 1; l.Path == "out" && l.Step != want {
			t.Errorf("the output of step %d is called step %d", want, l.Step)
		}
	}
}

// One block of a transformer that is used three times: depth counts it once.
func TestSharedBlocks(t *testing.T) {
	s := newSketch()
	a, b := s.weight("block/a", 6, 8), s.weight("block/b", 8, 6)
	x := must(gorgonia.Tanh(s.affine(s.input("x", 4, 6), "stem", 6)))
	for range 3 {
		h := must(gorgonia.Rectify(must(gorgonia.Mul(x, a))))
		x = must(gorgonia.Add(x, must(gorgonia.Mul(h, b))))
	}
	net := s.find(t, s.affine(x, "out", 2))
	golden(t, "shared-blocks", net)
	if got := depths(net); got != "stem 1\nblock/a 2\nblock/b 3\nout 4\n" || len(net.Blocks) != 3 {
		t.Errorf("%d blocks, depths are\n%s", len(net.Blocks), got)
	}
}
