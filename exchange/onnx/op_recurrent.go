package onnx

import (
	"slices"

	"github.com/gradflow/gradflow/graph/op"
)

// recurrentOperators draw a cell for each step of a sequence.
func recurrentOperators() map[string]operator {
	const attributes = "activations direction hidden_size layout clip activation_alpha activation_beta"
	return map[string]operator{
		"RNN":  {attributes, func(c *call) []*value { return c.recurrent(1, []string{"Tanh"}, rnnCell) }},
		"GRU":  {attributes + " linear_before_reset", func(c *call) []*value { return c.recurrent(3, []string{"Sigmoid", "Tanh"}, gruCell) }},
		"LSTM": {attributes + " input_forget", func(c *call) []*value { return c.recurrent(4, []string{"Sigmoid", "Tanh", "Tanh"}, lstmCell) }},
	}
}

// A cell holds what the steps of one direction share.
type cell struct {
	*call
	input, hidden *value   // weights, (inputs, gates·units) and (units, gates·units)
	inputBias     *value   // (gates·units), as the next
	hiddenBias    *value   // of the product with the state
	peephole      []*value // of LSTM: for input, output and forget gate; nil if there are none
	units         int
	functions     []op.Activation
}

// A state is what a step passes on: the output, and for LSTM the cell's content.
type state struct{ h, c *value }

// A stepFunc computes a step from the product of the input with its weights, which includes its bias.
type stepFunc func(c *cell, x *value, s state) state

// recurrent draws all directions. The outputs are those of all steps, and the last states.
func (c *call) recurrent(gates int, functions []string, step stepFunc) []*value {
	c.noOther()
	x, w, r := c.needFloat(0), c.needFloat(1), c.needFloat(2)
	if c.integer("layout", 0) == 1 && x.dims() == 3 {
		x = c.transpose(x, []int{1, 0, 2})
	}
	directions := map[string]int{"forward": 1, "reverse": 1, "bidirectional": 2}[c.text("direction", "forward")]
	if x.dims() != 3 || w.dims() != 3 || r.dims() != 3 || directions == 0 || w.shape[0] != directions || w.shape[1]%gates != 0 {
		c.fail("got direction %q, an input of shape %v and weights of shapes %v and %v", c.text("direction", "forward"), x.shape, w.shape, r.shape)
	}
	units := w.shape[1] / gates
	if !slices.Equal(w.shape[1:], []int{gates * units, x.shape[2]}) || !slices.Equal(r.shape, []int{directions, gates * units, units}) {
		c.fail("got weights of shapes %v and %v for an input of shape %v", w.shape, r.shape, x.shape)
	}
	var outputs, lastH, lastC []*value
	for direction := range directions {
		cell := c.cell(direction, gates, units, functions)
		reverse := direction == 1 || c.text("direction", "forward") == "reverse"
		var h *value
		var last state
		if kind, ok := c.fusedCell(direction, functions); ok {
			h, last = c.fused(kind, cell, x, c.start(direction, directions, units, x), reverse)
		} else {
			c.wholeSequences(x)
			h, last = cell.run(x, c.start(direction, directions, units, x), step, reverse)
		}
		outputs = append(outputs, h)
		lastH, lastC = append(lastH, last.h), append(lastC, last.c)
	}
	return c.results(outputs, lastH, lastC)
}

// results joins the outputs of the directions; those that the file does not name are nil.
func (c *call) results(outputs, lastH, lastC []*value) []*value {
	list := make([]*value, 3)
	if c.wants(0) {
		list[0] = c.concat(outputs, 1)
	}
	for i, states := range [][]*value{lastH, lastC} {
		if !c.wants(1+i) || states[0] == nil {
			continue
		}
		lifted := make([]*value, len(states))
		for k, s := range states {
			lifted[k] = c.reshape(s, slices.Concat([]int{1}, s.shape))
		}
		list[1+i] = c.concat(lifted, 0)
	}
	if c.integer("layout", 0) == 1 {
		for i, order := range [][]int{{2, 0, 1, 3}, {1, 0, 2}, {1, 0, 2}} {
			if list[i] != nil {
				list[i] = c.transpose(list[i], order)
			}
		}
	}
	return list
}

// noOther fails on attributes that change the computation in ways that are not supported.
func (c *call) noOther() {
	for _, name := range []string{"clip", "activation_alpha", "activation_beta"} {
		if c.has(name) {
			c.fail("attribute %q is not supported", name)
		}
	}
	if c.integer("input_forget", 0) != 0 {
		c.fail("attribute \"input_forget\" is not supported")
	}
}

// wholeSequences fails if a sequence is shorter than others.
func (c *call) wholeSequences(x *value) {
	if v := c.arg(4); v != nil {
		for _, n := range c.needIntegers(v, "the lengths of sequences") {
			if n != x.shape[0] {
				c.fail("got a sequence of %d steps among others of %d, want as many", n, x.shape[0])
			}
		}
	}
}

// cell cuts the weights of a direction out.
func (c *call) cell(direction, gates, units int, functions []string) *cell {
	only := func(v *value) *value {
		one := c.along(v, 0, []int{direction}, 0)
		return c.reshape(one, v.shape[1:])
	}
	flip := func(v *value) *value { return c.transpose(only(v), []int{1, 0}) }
	l := &cell{call: c, units: units, input: flip(c.in[1]), hidden: flip(c.in[2])}
	n := gates * units
	bias := filled(c.in[1].typ, 0, 2*n)
	if b := c.arg(3); b != nil {
		bias = only(b)
	}
	l.inputBias, l.hiddenBias = c.along(bias, 0, span(0, n), 0), c.along(bias, 0, span(n, n), 0)
	if p := c.arg(7); p != nil && gates == 4 {
		for i := range 3 {
			l.peephole = append(l.peephole, c.along(only(p), 0, span(i*units, units), 0))
		}
	}
	l.functions = c.functions(direction, functions)
	return l
}

// functions are the activations of a direction.
func (c *call) functions(direction int, names []string) (list []op.Activation) {
	if a := c.node.Attributes["activations"]; a != nil {
		if len(a.Strings) < (direction+1)*len(names) {
			c.fail("attribute \"activations\": got %q, want %d for each direction", a.Strings, len(names))
		}
		names = a.Strings[direction*len(names) : (direction+1)*len(names)]
	}
	for _, name := range names {
		f, known := map[string]op.Activation{"Tanh": op.Tanh, "Sigmoid": op.Sigmoid, "Relu": op.ReLU, "Softsign": op.Softsign, "Softplus": op.Softplus}[name]
		if !known {
			c.fail("attribute \"activations\": got %q, which is not supported", name)
		}
		list = append(list, f)
	}
	return list
}

// start is the state before the first step.
func (c *call) start(direction, directions, units int, x *value) state {
	first := func(i int) *value {
		v := c.arg(i)
		if v == nil {
			return filled(x.typ, 0, x.shape[1], units)
		}
		if c.integer("layout", 0) == 1 && v.dims() == 3 {
			v = c.transpose(v, []int{1, 0, 2})
		}
		if want := []int{directions, x.shape[1], units}; !slices.Equal(v.shape, want) {
			c.fail("input %d: got shape %v, want %v", i, v.shape, want)
		}
		return c.reshape(c.along(v, 0, []int{direction}, 0), v.shape[1:])
	}
	return state{first(5), first(6)}
}

// run draws the steps, and gives the outputs of all (steps, 1, batch, units) and the last state.
func (l *cell) run(x *value, s state, step stepFunc, reverse bool) (*value, state) {
	steps, batch := x.shape[0], x.shape[1]
	const most = 1 << 14
	if steps < 1 || steps > most {
		l.fail("got %d steps, want 1 to %d", steps, most)
	}
	outputs := make([]*value, steps)
	for k := range steps {
		at := k
		if reverse {
			at = steps - 1 - k
		}
		now := l.reshape(l.along(x, 0, []int{at}, 0), []int{batch, x.shape[2]})
		s = step(l, l.linear(now, l.input, l.inputBias), s)
		outputs[at] = l.reshape(s.h, []int{1, 1, batch, l.units})
	}
	return l.concat(outputs, 0), s
}

// linear is x·w + b.
func (l *cell) linear(x, w, b *value) *value {
	return l.made(x.typ)(op.Linear(l.lift(x), l.lift(w), l.lift(b)))
}

// gate is part i of a vector of gates.
func (l *cell) gate(v *value, i int) *value {
	return l.along(v, v.dims()-1, span(i*l.units, l.units), 0)
}

// f applies activation i.
func (l *cell) f(i int, x *value) *value { return l.activate(l.functions[i], 0, x) }

func rnnCell(l *cell, x *value, s state) state {
	return state{h: l.f(0, l.combine(plus, x, l.linear(s.h, l.hidden, l.hiddenBias)))}
}

// gruCell has the gates update, reset and new.
func gruCell(l *cell, x *value, s state) state {
	sum := l.linear(s.h, l.hidden, l.hiddenBias)
	update := l.f(0, l.combine(plus, l.gate(x, 0), l.gate(sum, 0)))
	reset := l.f(0, l.combine(plus, l.gate(x, 1), l.gate(sum, 1)))
	var next *value
	if l.integer("linear_before_reset", 0) != 0 {
		next = l.combine(times, reset, l.gate(sum, 2))
	} else {
		w, b := l.gate(l.hidden, 2), l.gate(l.hiddenBias, 2)
		next = l.linear(l.combine(times, reset, s.h), w, b)
	}
	next = l.f(1, l.combine(plus, l.gate(x, 2), next))
	// (1 - update)·next + update·h
	return state{h: l.combine(plus, next, l.combine(times, update, l.combine(minus, s.h, next)))}
}

// lstmCell has the gates input, output, forget and content.
func lstmCell(l *cell, x *value, s state) state {
	sum := l.combine(plus, x, l.linear(s.h, l.hidden, l.hiddenBias))
	peep := func(i int, content *value) *value {
		g := l.gate(sum, i)
		if l.peephole != nil {
			g = l.combine(plus, g, l.combine(times, content, l.peephole[i]))
		}
		return l.f(0, g)
	}
	in, forget := peep(0, s.c), peep(2, s.c)
	content := l.combine(plus, l.combine(times, forget, s.c), l.combine(times, in, l.f(1, l.gate(sum, 3))))
	return state{h: l.combine(times, peep(1, content), l.f(2, content)), c: content}
}
