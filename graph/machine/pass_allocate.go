package machine

import (
	"slices"

	"gorgonia.org/tensor"
)

// allocate gives each step of ours memory to write into. Unless values are separate, a step takes over the memory of a value that
// is no longer needed: of one of its inputs, if its op works in place, or of any other value.
//
// The plans of one machine never run at the same time, so a plan also uses the buffers of another.
func allocate(c *compilation) error {
	c.takePlaces()
	stages := c.plan.stages
	a := allocator{free: make(map[tensor.Dtype][]*buffer), spare: slices.Clone(c.machine.spare())}
	expired := make([][]*step, len(stages)) // by the stage after which their memory is free
	for i, stage := range stages {
		for _, s := range stage.steps() {
			if s.kind != isOurs && s.kind != isSide || !c.separate && s.place == nil && (s.view() || s.takePart()) {
				continue
			}
			if s.kind == isOurs {
				s.call = s.op.NewCall()
				a.place(s, c.separate)
			}
			if s.side != nil {
				a.place(s.side, c.separate)
			}
			if s.last < len(stages) && !c.separate {
				expired[s.last] = append(expired[s.last], s)
			}
		}
		for _, s := range expired[i] {
			if s.buffer != nil {
				a.release(s)
			}
		}
	}
	c.plan.memory, c.plan.buffers, c.plan.memories = a.memory, a.used, memoriesOf(stages)
	return nil
}

// An allocator hands out buffers.
type allocator struct {
	free   map[tensor.Dtype][]*buffer
	spare  []*buffer // of another plan
	used   []*buffer
	memory Memory
}

// place gives a step memory.
func (a *allocator) place(s *step, separate bool) {
	n, dtype := s.shape.TotalSize(), s.node.Dtype()
	a.memory.Values++
	a.memory.Sum += n * int(dtype.Size())
	if s.node.IsScalar() {
		a.memory.Peak += int(dtype.Size())
		s.memory = newScalar(dtype)
		return
	}
	if s.place != nil {
		a.memory.Peak += n * int(dtype.Size())
		s.memory = s.place
		return
	}
	switch {
	case s.lasting != nil: // in memory that nothing else uses, not even another plan
		a.memory.Peak += n * int(dtype.Size())
		s.buffer = newBuffer(dtype, n)
	case !separate:
		s.buffer = inPlace(s)
	}
	if s.buffer == nil {
		s.buffer = a.take(dtype, n)
	}
	s.memory = s.buffer.tensor(dtype, s.shape, n)
}

// view gives a reshaped value the memory of its input, if that is not overwritten while the reshaped value is needed. Two outputs have
// memory of their own, because a caller may change one in place.
func (s *step) view() bool {
	if !s.op.Copies() {
		return false
	}
	input := s.inputs[0]
	d, isDense := input.memory.(*tensor.Dense)
	if !isDense || s.output && input.output || !s.shares && !(s.kept && input.kept) {
		return false
	}
	view := d.ShallowClone()
	if len(s.shape) == 0 || view.Reshape(s.shape...) != nil {
		return false
	}
	s.kind, s.memory = isView, view
	return true
}

// isPart reports whether the value may lie in the memory of its input, as a part of it or as a part of it in another shape. An output
// has memory of its own, because a caller may change it in place.
func (s *step) isPart() bool {
	if s.kind != isOurs || s.output || s.lasting != nil || len(s.shape) == 0 {
		return false
	}
	input := s.inputs[0]
	if _, is := s.op.Part(); is {
		return input.kind == isOurs || input.part
	}
	return s.op.Copies() && (input.part || input.isPart())
}

// takePart gives a part of a value its place in the memory of its input, which lasts as long as the part: see setLifetimes.
func (s *step) takePart() bool {
	if !s.isPart() {
		return false
	}
	whole, isDense := s.inputs[0].memory.(*tensor.Dense)
	if !isDense {
		return false
	}
	from, _ := s.op.Part()
	s.kind, s.part, s.memory = isView, true, partOf(whole, from, s.shape)
	return true
}

// partOf is a part of the memory of a tensor, in row-major order.
func partOf(whole *tensor.Dense, from int, shape tensor.Shape) *tensor.Dense {
	to := from + shape.TotalSize()
	if whole.Dtype() == tensor.Float32 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(whole.Float32s()[from:to:to]))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(whole.Float64s()[from:to:to]))
}

// inPlace takes over the memory of an input, if it may.
func inPlace(s *step) *buffer {
	for _, i := range s.op.InPlace() {
		input := s.inputs[i]
		fits := input.shape.TotalSize() == s.shape.TotalSize() && input.node.Dtype() == s.node.Dtype()
		if b := input.buffer; b != nil && fits && input.last == s.stage && input.readers == 1 {
			input.buffer = nil
			return b
		}
	}
	return nil
}

// take finds the smallest free buffer that is large enough, among equals the one freed last, or makes a buffer.
func (a *allocator) take(dtype tensor.Dtype, n int) *buffer {
	free := a.free[dtype]
	best := -1
	for i, b := range free {
		if b.size() >= n && (best < 0 || b.size() <= free[best].size()) {
			best = i
		}
	}
	if best < 0 || free[best].size() > 4*n { // a vector must not occupy the buffer of a matrix
		a.memory.Peak += n * int(dtype.Size())
		b := a.fresh(dtype, n)
		a.used = append(a.used, b)
		return b
	}
	b := free[best]
	a.free[dtype] = slices.Delete(free, best, best+1)
	return b
}

// fresh finds a spare buffer of exactly the right size, or makes one.
func (a *allocator) fresh(dtype tensor.Dtype, n int) *buffer {
	for i, b := range a.spare {
		if b.size() == n && (b.f32 != nil) == (dtype == tensor.Float32) {
			a.spare = slices.Delete(a.spare, i, i+1)
			return b
		}
	}
	return newBuffer(dtype, n)
}

// release makes the memory of a step free.
func (a *allocator) release(s *step) {
	dtype := s.node.Dtype()
	a.free[dtype] = append(a.free[dtype], s.buffer)
}
