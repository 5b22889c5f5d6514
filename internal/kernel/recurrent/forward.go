package recurrent

import "github.com/gradflow/gradflow/internal/kernel"

// Inputs are what a forward pass reads.
type Inputs[T kernel.Float] struct {
	Projected             []T   // (batch, steps, gates·hidden): the products of the inputs and their weights
	Weight                []T   // (gates·hidden, hidden), of the states
	BiasInput, BiasHidden []T   // (gates·hidden) each; nil for none
	FirstState, FirstCell []T   // (batch, hidden) each; nil for zeros
	Lengths               []int // of the sequences, from 1 to steps; nil: all are full
}

// Forward computes the record of a recurrence.
func Forward[T kernel.Float](f *kernel.Flushed, s Shape, in Inputs[T], record []T, w *Workspace[T]) {
	w.prepare(s)
	w.addBiases(s, in.BiasInput, in.BiasHidden)
	w.weight.Pack(true, s.Cell.Gates()*s.Hidden, s.Hidden, in.Weight, s.Hidden)
	w.pass = pass[T]{
		Shape: s, flushed: f, lengths: in.Lengths, space: w,
		inputs: in.Projected, first: in.FirstState, cell: in.FirstCell, record: record, recordIs: s.Record(),
	}
	w.pass.start()
}

// addBiases adds what is added to the state's part: both biases, but for n of GRU, whose first one is kept apart.
func (w *Workspace[T]) addBiases(s Shape, input, hidden []T) {
	clear(w.bias)
	size := s.Cell.Gates() * s.Hidden
	copy(w.bias, hidden)
	if input == nil {
		return
	}
	joint := size
	if s.Cell == GRU {
		joint = 2 * s.Hidden
		copy(w.bias[size:], input[joint:])
	}
	for i, v := range input[:joint] {
		w.bias[i] += v
	}
}

// forward runs sequences [from, to) through all steps.
func (p *pass[T]) forward(from, to int) {
	for b := from; b < to; b++ {
		p.begin(b)
	}
	width := p.Cell.Gates() * p.Hidden
	before := of(p.recordIs.Before, p.record)
	for i := range p.Steps {
		t := p.step(i)
		for b, end := p.active(from, to, t); b < end; b, end = p.active(end, to, t) {
			states := before[(b*p.Steps+t)*p.Hidden:]
			p.space.weight.Multiply(p.flushed, end-b, states, p.Steps*p.Hidden, p.space.bias, 0, p.space.part[b*width:], width)
			for ; b < end; b++ {
				p.forwardStep(b, t)
			}
		}
	}
	for b := from; b < to; b++ {
		p.finish(b)
	}
}

// begin clears the padding of a sequence, and sets the state before its first step.
func (p *pass[T]) begin(b int) {
	h, r := p.Hidden, p.recordIs
	for _, part := range []Range{r.Outputs, r.Before, r.Gates, r.Cells} {
		if width := (part.To - part.From) / (p.Batch * p.Steps); p.length(b) < p.Steps && width > 0 {
			clear(of(part, p.record)[(b*p.Steps+p.length(b))*width : (b+1)*p.Steps*width])
		}
	}
	first, _ := p.ends(b)
	state := p.at(of(r.Before, p.record), b, first, h)
	clear(state)
	if p.first != nil {
		copy(state, row(p.first, b, h))
	}
}

// finish copies the last states of a sequence.
func (p *pass[T]) finish(b int) {
	_, last := p.ends(b)
	ends := of(p.recordIs.Last, p.record)
	copy(row(ends, b, p.Hidden), p.at(of(p.recordIs.Outputs, p.record), b, last, p.Hidden))
	if p.Cell == LSTM {
		copy(row(ends[p.sample():], b, p.Hidden), p.at(of(p.recordIs.Cells, p.record), b, last, p.Hidden))
	}
}

// forwardStep computes a step of a sequence, whose state's part is at hand.
func (p *pass[T]) forwardStep(b, t int) {
	h, r := p.Hidden, p.recordIs
	x := p.at(p.inputs, b, t, p.Cell.Gates()*h)
	u := row(p.space.part, b, p.Cell.Gates()*h)
	out := &p.at(of(r.Outputs, p.record), b, t, h)[0]
	next := out // the state after the last step is before no other
	if _, last := p.ends(b); t != last {
		next = &p.at(of(r.Before, p.record), b, t+p.towards(), h)[0]
	}
	var v vectors[T]
	switch p.Cell {
	case Tanh:
		v = vectors[T]{&x[0], &u[0], out, next}
		run(p.flushed, tanhForward, &v, h)
	case ReLU:
		v = vectors[T]{&x[0], &u[0], out, next}
		run(p.flushed, reluForward, &v, h)
	case LSTM:
		gates, cell := p.at(of(r.Gates, p.record), b, t, 4*h), p.at(of(r.Cells, p.record), b, t, h)
		v = vectors[T]{
			&x[0], &x[h], &x[2*h], &x[3*h], &u[0], &u[h], &u[2*h], &u[3*h], p.cellBefore(b, t),
			&gates[0], &gates[h], &gates[2*h], &gates[3*h], &cell[0], out, next,
		}
		run(p.flushed, lstmForward, &v, h)
	case GRU:
		gates, state := p.at(of(r.Gates, p.record), b, t, 4*h), p.at(of(r.Before, p.record), b, t, h)
		v = vectors[T]{
			&x[0], &x[h], &x[2*h], &u[0], &u[h], &u[2*h], &p.space.bias[3*h], &state[0],
			&gates[0], &gates[h], &gates[2*h], &gates[3*h], out, next,
		}
		run(p.flushed, gruForward, &v, h)
	}
}

// cellBefore is the cell of LSTM before a step.
func (p *pass[T]) cellBefore(b, t int) *T {
	switch first, _ := p.ends(b); {
	case t != first:
		return &p.at(of(p.recordIs.Cells, p.record), b, t-p.towards(), p.Hidden)[0]
	case p.cell != nil:
		return &row(p.cell, b, p.Hidden)[0]
	}
	return &p.space.zeros[0]
}
