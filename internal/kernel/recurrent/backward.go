package recurrent

import "github.com/gradflow/gradflow/internal/kernel"

// Targets are what a backward pass reads, beside the record.
type Targets[T kernel.Float] struct {
	Outputs   []T // dL/d states (batch, steps, hidden); nil for zeros. The values of padding do not count
	Last      []T // dL/d the last states, and cells, as they lie in a record; nil for zeros
	Weight    []T // (gates·hidden, hidden), of the states
	FirstCell []T // (batch, hidden) of LSTM; nil for zeros
	Lengths   []int
}

// Backward computes the gradients of a recurrence from its record, by backpropagation through time.
func Backward[T kernel.Float](f *kernel.Flushed, s Shape, in Targets[T], record, gradients []T, w *Workspace[T]) {
	w.prepare(s)
	h, joint := s.Hidden, s.Cell.Gates()*s.Hidden
	if s.Cell == GRU { // the gradient of n reaches the state through r
		joint = 2 * h
		w.second.Pack(false, h, h, in.Weight[joint*h:], h)
	}
	w.weight.Pack(false, h, joint, in.Weight, h)
	w.pass = pass[T]{
		Shape: s, flushed: f, lengths: in.Lengths, space: w, back: true, cell: in.FirstCell,
		outputs: in.Outputs, last: in.Last, record: record, recordIs: s.Record(), gradients: gradients, gradientIs: s.Gradients(),
	}
	w.pass.start()
}

// backward runs sequences [from, to) through all steps, the last one first.
func (p *pass[T]) backward(from, to int) {
	for b := from; b < to; b++ {
		p.beginBackward(b)
	}
	for i := p.Steps - 1; i >= 0; i-- {
		t := p.step(i)
		for b, end := p.active(from, to, t); b < end; b, end = p.active(end, to, t) {
			for k := b; k < end; k++ {
				p.backwardStep(k, t)
			}
			p.passBack(b, end, t)
		}
	}
	first, size := of(p.gradientIs.First, p.gradients), p.Hidden
	copy(first[from*size:to*size], p.space.carry[from*size:])
	if p.Cell == LSTM {
		copy(first[p.sample()+from*size:p.sample()+to*size], p.space.cells[from*size:])
	}
}

// beginBackward clears the padding of a sequence, and takes the gradients by its last states.
func (p *pass[T]) beginBackward(b int) {
	h, g := p.Hidden, p.gradientIs
	for _, part := range []Range{g.PreActivations, g.HiddenPart, g.States, g.Cells} {
		if width := (part.To - part.From) / (p.Batch * p.Steps); p.length(b) < p.Steps && width > 0 {
			clear(of(part, p.gradients)[(b*p.Steps+p.length(b))*width : (b+1)*p.Steps*width])
		}
	}
	carry, cell := row(p.space.carry, b, h), row(p.space.cells, b, h)
	clear(carry)
	clear(cell)
	if p.last == nil {
		return
	}
	copy(carry, row(p.last, b, h))
	if p.Cell == LSTM {
		copy(cell, row(p.last[p.sample():], b, h))
	}
}

// backwardStep computes the gradients by the pre-activations of a step from that by its state.
func (p *pass[T]) backwardStep(b, t int) {
	h, r, g := p.Hidden, p.recordIs, p.gradientIs
	dz := p.at(of(g.PreActivations, p.gradients), b, t, p.Cell.Gates()*h)
	dh, carry, dy := &p.at(of(g.States, p.gradients), b, t, h)[0], &row(p.space.carry, b, h)[0], &p.space.zeros[0]
	if p.outputs != nil {
		dy = &p.at(p.outputs, b, t, h)[0]
	}
	var v vectors[T]
	switch p.Cell {
	case Tanh:
		v = vectors[T]{&p.at(of(r.Outputs, p.record), b, t, h)[0], dy, carry, &dz[0], dh}
		run(p.flushed, tanhBackward, &v, h)
	case ReLU:
		v = vectors[T]{&p.at(of(r.Outputs, p.record), b, t, h)[0], dy, carry, &dz[0], dh}
		run(p.flushed, reluBackward, &v, h)
	case LSTM:
		gates, cell := p.at(of(r.Gates, p.record), b, t, 4*h), p.at(of(r.Cells, p.record), b, t, h)
		v = vectors[T]{
			&gates[0], &gates[h], &gates[2*h], &gates[3*h], &cell[0], p.cellBefore(b, t), dy, carry, &row(p.space.cells, b, h)[0],
			&dz[0], &dz[h], &dz[2*h], &dz[3*h], dh, &p.at(of(g.Cells, p.gradients), b, t, h)[0],
		}
		run(p.flushed, lstmBackward, &v, h)
	case GRU:
		gates, state := p.at(of(r.Gates, p.record), b, t, 4*h), p.at(of(r.Before, p.record), b, t, h)
		v = vectors[T]{
			&gates[0], &gates[h], &gates[2*h], &gates[3*h], &state[0], dy, carry,
			&dz[0], &dz[h], &dz[2*h], &p.at(of(g.HiddenPart, p.gradients), b, t, h)[0], dh,
		}
		run(p.flushed, gruBackward, &v, h)
	}
}

// passBack computes the gradients by the states before a step of sequences [from, to), in space.carry.
func (p *pass[T]) passBack(from, to, t int) {
	h, width := p.Hidden, p.Cell.Gates()*p.Hidden
	dz := of(p.gradientIs.PreActivations, p.gradients)[(from*p.Steps+t)*width:]
	carry := p.space.carry[from*h:]
	if p.Cell != GRU {
		p.space.weight.Multiply(p.flushed, to-from, dz, p.Steps*width, nil, 0, carry, h)
		return
	}
	hidden := of(p.gradientIs.HiddenPart, p.gradients)[(from*p.Steps+t)*h:]
	p.space.weight.Multiply(p.flushed, to-from, dz, p.Steps*width, carry, h, carry, h)
	p.space.second.Multiply(p.flushed, to-from, hidden, p.Steps*h, carry, h, carry, h)
}
