package recurrent

import (
	"slices"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A Flow splits the gradient at the steps of a recurrence by the way on which it arrives: from outside, which is the loss or the layers
// above; from the step after it through the carry of the cell, which multiplies by f of LSTM or z of GRU; or from the step after it
// through the gates and the recurrent weights, which is all that a plain cell has. Of LSTM it is the gradient by the cell, of the
// others that by the state.
type Flow struct {
	Outside, Carry, Gates []float64 // sums of squares over batch and units, in the order of the steps asked for
	Count                 []int     // the elements summed, fewer where sequences have ended
	// Carries are f or z at evenly spaced places, sorted; none of a plain cell.
	Carries []float64
}

// maxCarries bounds Flow.Carries.
const maxCarries = 1024

// FlowOf computes the flow at some steps, counted from 0, from what a backward pass has read and written. The sums are in float64.
func FlowOf[T kernel.Float](s Shape, in Targets[T], record, gradients []T, steps []int) Flow {
	p := flowPass[T]{steps: steps, parts: make([][3]float64, s.Batch*len(steps)), pass: pass[T]{
		Shape: s, lengths: in.Lengths, outputs: in.Outputs, record: record, recordIs: s.Record(), gradients: gradients, gradientIs: s.Gradients(),
	}}
	pool.Run(s.Batch, &p)
	n := len(steps)
	f := Flow{Outside: make([]float64, n), Carry: make([]float64, n), Gates: make([]float64, n), Count: make([]int, n)}
	for b := range s.Batch {
		for i, t := range steps {
			if t < p.length(b) {
				f.Count[i] += s.Hidden
				f.add(i, p.parts[b*n+i])
			}
		}
	}
	f.Carries = p.carries()
	return f
}

func (f *Flow) add(i int, part [3]float64) {
	f.Outside[i] += part[0]
	f.Carry[i] += part[1]
	f.Gates[i] += part[2]
}

// A flowPass splits the gradients of several sequences at the same time.
type flowPass[T kernel.Float] struct {
	pass[T]
	steps []int
	parts [][3]float64 // by sequence and step, see flow
}

// Do splits the gradients of a sequence.
func (p *flowPass[T]) Do(b int) {
	for i, t := range p.steps {
		if t < p.length(b) {
			p.parts[b*len(p.steps)+i] = p.flow(b, t)
		}
	}
}

// flow gives the sums of one sequence and step: from outside, through the carry, through the gates.
func (p *pass[T]) flow(b, t int) (sums [3]float64) {
	h := p.Hidden
	part := p.gradientIs.States
	if p.Cell == LSTM {
		part = p.gradientIs.Cells
	}
	whole := p.at(of(part, p.gradients), b, t, h)
	if _, last := p.ends(b); t == last {
		return [3]float64{sumSquares(whole)}
	}
	var later, share, outside, out, state []T // out is o of LSTM
	if p.outputs != nil {
		outside = p.at(p.outputs, b, t, h)[:len(whole)]
	}
	if p.Cell.saved() > 0 {
		next := t + p.towards()
		later = p.at(of(part, p.gradients), b, next, h)[:len(whole)]
		share = p.at(of(p.recordIs.Gates, p.record), b, next, 4*h)[h:][:len(whole)]
	}
	if p.Cell == LSTM && outside != nil {
		out = p.at(of(p.recordIs.Gates, p.record), b, t, 4*h)[3*h:][:len(whole)]
		state = p.at(of(p.recordIs.Outputs, p.record), b, t, h)[:len(whole)]
	}
	for j, v := range whole {
		var carry, direct float64
		if later != nil {
			carry = float64(share[j]) * float64(later[j])
		}
		if outside != nil {
			direct = float64(outside[j])
		}
		if out != nil {
			direct *= cellSlope(float64(out[j]), float64(state[j]))
		}
		gates := float64(v) - carry - direct
		sums[0] += direct * direct
		sums[1] += carry * carry
		sums[2] += gates * gates
	}
	return sums
}

// cellSlope is dh/dc = o·(1 - tanh²(c)) of LSTM, from o and h = o·tanh(c).
func cellSlope(o, h float64) float64 {
	if o == 0 {
		return 0
	}
	t := h / o
	return o * (1 - t*t)
}

func sumSquares[T kernel.Float](x []T) (sum float64) {
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// carries samples f of LSTM or z of GRU over all steps of the sequences, and sorts them.
func (p *pass[T]) carries() (list []float64) {
	if p.Cell.saved() == 0 {
		return nil
	}
	h := p.Hidden
	stride := max(1, (p.states()+maxCarries-1)/maxCarries) | 1 // odd, so that it meets all units
	list = make([]float64, 0, maxCarries)
	for i := 0; i < p.states(); i += stride {
		b, t, j := i/(p.Steps*h), i/h%p.Steps, i%h
		if t < p.length(b) {
			list = append(list, float64(p.at(of(p.recordIs.Gates, p.record), b, t, 4*h)[h+j]))
		}
	}
	slices.Sort(list)
	return list
}
