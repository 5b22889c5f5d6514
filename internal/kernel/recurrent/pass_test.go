package recurrent

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// A trial is a recurrence with its numbers, forward and backward.
type trial struct {
	Shape
	Inputs[float32]
	dy, record, gradients []float32
	space                 [2]Workspace[float32]
}

func newTrial(s Shape) *trial {
	rng := rand.New(rand.NewPCG(1, uint64(s.Cell)))
	numbers := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(rng.NormFloat64()) / 4
		}
		return x
	}
	width := s.Cell.Gates() * s.Hidden
	return &trial{
		Shape: s, Inputs: Inputs[float32]{Projected: numbers(s.Batch * s.Steps * width), Weight: numbers(width * s.Hidden), BiasInput: numbers(width)},
		dy: numbers(s.states()), record: make([]float32, s.Record().Size), gradients: make([]float32, s.Gradients().Size),
	}
}

func (c *trial) run() {
	Forward(nil, c.Shape, c.Inputs, c.record, &c.space[0])
	Backward(nil, c.Shape, Targets[float32]{Outputs: c.dy, Weight: c.Weight, Lengths: c.Lengths}, c.record, c.gradients, &c.space[1])
}

// The number of cores changes no bit, and old contents of the memory do not matter: all of it is written.
func TestCoresChangeNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, cell := range []Cell{Tanh, ReLU, LSTM, GRU} {
		for _, reverse := range []bool{false, true} {
			s := Shape{Cell: cell, Batch: 21, Steps: 5, Hidden: 40, Reverse: reverse}
			one, two := newTrial(s), newTrial(s)
			one.Lengths, two.Lengths = make([]int, 21), make([]int, 21)
			for i := range 21 {
				one.Lengths[i], two.Lengths[i] = 1+i%5, 1+i%5
			}
			for i := range two.record {
				two.record[i] = 7
			}
			for i := range two.gradients {
				two.gradients[i] = 7
			}
			runtime.GOMAXPROCS(1)
			one.run()
			runtime.GOMAXPROCS(2)
			two.run()
			if !slices.Equal(one.record, two.record) || !slices.Equal(one.gradients, two.gradients) {
				t.Errorf("%d, reverse %v: two cores give other numbers than one", cell, reverse)
			}
		}
	}
}

// A pass allocates nothing after the first one.
func TestPassesAllocateNothing(t *testing.T) {
	for _, cell := range []Cell{Tanh, LSTM, GRU} {
		c := newTrial(Shape{Cell: cell, Batch: 20, Steps: 3, Hidden: 40})
		if allocs := testing.AllocsPerRun(5, c.run); allocs > 0 {
			t.Errorf("cell %d: got %v allocations, want none", cell, allocs)
		}
	}
}

func BenchmarkPass(b *testing.B) {
	for _, cell := range []Cell{Tanh, LSTM, GRU} {
		c := newTrial(Shape{Cell: cell, Batch: 32, Steps: 100, Hidden: 128})
		b.Run(fmt.Sprint(cell, "/forward"), func(b *testing.B) {
			for b.Loop() {
				Forward(nil, c.Shape, c.Inputs, c.record, &c.space[0])
			}
		})
		b.Run(fmt.Sprint(cell, "/backward"), func(b *testing.B) {
			for b.Loop() {
				Backward(nil, c.Shape, Targets[float32]{Outputs: c.dy, Weight: c.Weight}, c.record, c.gradients, &c.space[1])
			}
		})
	}
}
