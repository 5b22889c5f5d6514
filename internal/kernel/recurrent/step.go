package recurrent

import "github.com/gradflow/gradflow/internal/kernel"

// A step is the arithmetic of one step of a cell, forward or backward, for the units of one sample. asm/vector/recurrent.go
// describes each, with the vectors that it reads and writes.
type step int

const (
	tanhForward step = iota
	reluForward
	lstmForward
	gruForward
	tanhBackward
	reluBackward
	lstmBackward
	gruBackward
	numSteps
)

// A use tells which vectors of a step are read and which are written: those before written, and those from it to count. The first
// written one of lstmBackward and gruBackward is read too.
type use struct{ written, count int }

var uses = [numSteps]use{
	tanhForward: {2, 4}, reluForward: {2, 4}, lstmForward: {9, 16}, gruForward: {8, 14},
	tanhBackward: {3, 5}, reluBackward: {3, 5}, lstmBackward: {8, 15}, gruBackward: {6, 12},
}

// vectors are the addresses of the vectors that a step reads and writes.
type vectors[T kernel.Float] [16]*T
