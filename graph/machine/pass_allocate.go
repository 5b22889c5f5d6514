package machine

import (
	"math"
	"slices"
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Memory says what the values of a graph need. Inputs, parameters and what operations of Gorgonia's own allocate for
// themselves are not in it.
type Memory struct {
	Values int // computed values
	Sum    int // bytes they would need with memory of their own each
	Peak   int // bytes they need as planned
}

// A buffer is memory that values take turns in.
type buffer struct {
	f32 []float32
	f64 []float64
}

// allocate gives each step of ours memory to write into. Unless the values are to stay separate, a step takes over the
// memory of an input that is not needed any more, if its op works in place, or of any other value that is not.
//
// The plans of one machine never run at the same time: spare are the buffers of another one, to be used in this one too.
func allocate(stages []stage, separate bool, spare []*buffer) (Memory, []*buffer) {
	setLast(stages)
	a := allocator{free: make(map[tensor.Dtype][]*buffer), spare: slices.Clone(spare)}
	expired := make([][]*step, len(stages)) // by the stage behind which their memory is free
	for i, stage := range stages {
		for _, s := range stage.steps() {
			if s.kind != isOurs {
				continue
			}
			s.call = s.op.NewCall()
			a.place(s, separate)
			if s.last < len(stages) && !separate {
				expired[s.last] = append(expired[s.last], s)
			}
		}
		for _, s := range expired[i] {
			if s.buffer != nil {
				a.release(s)
			}
		}
	}
	return a.memory, a.used
}

// setLast finds the stage in which each value is used last: never, for what is kept. What a stock operation makes may be
// a view of its inputs, so these are needed as long as it is.
func setLast(stages []stage) {
	for i := len(stages) - 1; i >= 0; i-- {
		for _, s := range slices.Backward(stages[i].steps()) {
			s.useUntil(i)
			if s.kept {
				s.useUntil(math.MaxInt)
			}
			for _, input := range s.inputs {
				input.useUntil(i)
				if s.kind == isStock {
					input.useUntil(s.last)
				}
			}
		}
	}
}

// useUntil notes that the value is needed in a stage.
func (s *step) useUntil(stage int) {
	if stage > s.last {
		s.last, s.readers = stage, 0
	}
	if stage == s.last {
		s.readers++
	}
}

// protect copies an input that lies in the plan's own memory, as an output of the last run that is fed back does: the run would
// write over it while it is read.
func (p *plan) protect(s *step) {
	if v, isDense := s.value.(*tensor.Dense); isDense && p.own[v.Uintptr()] {
		s.value = v.Clone().(*tensor.Dense)
	}
}

// addresses are where buffers begin.
func addresses(buffers []*buffer) map[uintptr]bool {
	own := make(map[uintptr]bool, len(buffers))
	for _, b := range buffers {
		if b.f32 != nil {
			own[uintptr(unsafe.Pointer(unsafe.SliceData(b.f32)))] = true
		} else {
			own[uintptr(unsafe.Pointer(unsafe.SliceData(b.f64)))] = true
		}
	}
	return own
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
	if !separate {
		s.buffer = inPlace(s)
	}
	if s.buffer == nil {
		s.buffer = a.take(dtype, n)
	}
	s.memory = s.buffer.tensor(dtype, s.shape, n)
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

// take finds the free buffer that fits best, of those that fit as well the one used last, or makes one.
func (a *allocator) take(dtype tensor.Dtype, n int) *buffer {
	free := a.free[dtype]
	best := -1
	for i, b := range free {
		if b.size() >= n && (best < 0 || b.size() <= free[best].size()) {
			best = i
		}
	}
	if best < 0 || free[best].size() > 4*n { // a vector must not hold the place of a matrix
		a.memory.Peak += n * int(dtype.Size())
		b := a.fresh(dtype, n)
		a.used = append(a.used, b)
		return b
	}
	b := free[best]
	a.free[dtype] = slices.Delete(free, best, best+1)
	return b
}

// fresh finds a spare buffer of just the right size, or makes one.
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

func newBuffer(dtype tensor.Dtype, n int) *buffer {
	if dtype == tensor.Float32 {
		return &buffer{f32: make([]float32, n)}
	}
	return &buffer{f64: make([]float64, n)}
}

// size is the number of elements.
func (b *buffer) size() int { return len(b.f32) + len(b.f64) }

// tensor is a tensor of n elements that lies in the buffer.
func (b *buffer) tensor(dtype tensor.Dtype, shape tensor.Shape, n int) *tensor.Dense {
	if dtype == tensor.Float32 {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(b.f32[:n:n]))
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(b.f64[:n:n]))
}

// newScalar is memory for a scalar.
func newScalar(dtype tensor.Dtype) gorgonia.Value {
	if dtype == tensor.Float32 {
		return gorgonia.NewF32(0)
	}
	return gorgonia.NewF64(0)
}
