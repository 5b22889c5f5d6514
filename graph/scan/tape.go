package scan

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// A layout tells where the values of steps lie in a tape: for each state its values before every so many steps, then for each
// residual its values in all steps.
type layout struct {
	every             int // steps from one kept state to the next
	states, residuals []series
	size              int
}

// A series is the values of one node, one after another.
type series struct{ start, size int }

func newLayout(b *op.Body, residuals gorgonia.Nodes, steps, every int) layout {
	l := layout{every: every}
	add := func(n *gorgonia.Node, count int) series {
		s := series{start: l.size, size: n.Shape().TotalSize()}
		l.size += count * s.size
		return s
	}
	for _, n := range b.States {
		l.states = append(l.states, add(n, (steps+every-1)/every))
	}
	for _, n := range residuals {
		l.residuals = append(l.residuals, add(n, steps))
	}
	return l
}

// A tape is memory for the values of the steps from first on.
type tape[T op.Float] struct {
	layout
	first int
	data  []T
}

// keeps reports whether the states before a step are on the tape.
func (t *tape[T]) keeps(step int) bool { return (step-t.first)%t.every == 0 }

// state is a state before a step.
func (t *tape[T]) state(i, step int) []T { return element(t.data, t.states[i], (step-t.first)/t.every) }

// residual is a residual in a step.
func (t *tape[T]) residual(i, step int) []T { return element(t.data, t.residuals[i], step-t.first) }

func element[T op.Float](data []T, s series, i int) []T {
	from := s.start + i*s.size
	return data[from : from+s.size]
}
