package recurrent

import "github.com/gradflow/gradflow/internal/kernel"

// A Cell is the kind of a recurrence.
type Cell int

// The cells. Where h is the state before, x the product of the input and its weights, and u, b those of the state with its biases:
const (
	Tanh Cell = iota // tanh(x + u + b)
	ReLU             // max(0, x + u + b)
	LSTM             // pre-activations of i, f, g, o; c = f·c + i·g, h = o·tanh(c)
	GRU              // of r, z, n; n = tanh(x + r·(u + b)), h = n + z·(h - n)
)

// Gates is the number of pre-activations of each unit.
func (c Cell) Gates() int { return [...]int{Tanh: 1, ReLU: 1, LSTM: 4, GRU: 3}[c] }

// saved is the number of values of each unit, other than states, that the gradient needs: the gates, and of GRU the state's part of
// n with its bias.
func (c Cell) saved() int { return [...]int{Tanh: 0, ReLU: 0, LSTM: 4, GRU: 4}[c] }

// A Shape is the size of a recurrence and its direction.
type Shape struct {
	Cell                 Cell
	Batch, Steps, Hidden int
	Reverse              bool // from each sequence's end to its start
}

func (s Shape) states() int { return s.Batch * s.Steps * s.Hidden }

func (s Shape) sample() int { return s.Batch * s.Hidden }

// A Range is a part of a record or of gradients: elements [From, To).
type Range struct{ From, To int }

func after(from, size int) Range { return Range{from, from + size} }

// of is the part of x.
func of[T kernel.Float](r Range, x []T) []T { return x[r.From:r.To:r.To] }

// A Record is the layout of what a forward pass writes: vectors one after another. Those of padding are zeros.
type Record struct {
	Outputs Range // (batch, steps, hidden): the states
	Last    Range // (batch, hidden): the state after the last step, and after it in the record that of the cell of LSTM
	Before  Range // (batch, steps, hidden): the state before each step
	Gates   Range // (batch, steps, saved·hidden): the gates of LSTM and GRU after their activations
	Cells   Range // (batch, steps, hidden) of LSTM
	Size    int
}

// Record gives the layout.
func (s Shape) Record() (r Record) {
	cells, last := 0, s.sample()
	if s.Cell == LSTM {
		cells, last = s.states(), 2*last
	}
	r.Outputs = after(0, s.states())
	r.Last = after(r.Outputs.To, last)
	r.Before = after(r.Last.To, s.states())
	r.Gates = after(r.Before.To, s.Cell.saved()*s.states())
	r.Cells = after(r.Gates.To, cells)
	r.Size = r.Cells.To
	return r
}

// Gradients is the layout of what a backward pass writes. Those of padding are zeros.
type Gradients struct {
	PreActivations Range // (batch, steps, gates·hidden)
	HiddenPart     Range // (batch, steps, hidden) of GRU: by the state's part of n with its bias
	States         Range // (batch, steps, hidden): by each state, through all later steps
	Cells          Range // (batch, steps, hidden) of LSTM: by each cell
	First          Range // (batch, hidden): by the first state, and after it in the memory that by the first cell of LSTM
	Size           int
}

// Gradients gives the layout.
func (s Shape) Gradients() (g Gradients) {
	hidden, cells, first := 0, 0, s.sample()
	switch s.Cell {
	case GRU:
		hidden = s.states()
	case LSTM:
		cells, first = s.states(), 2*first
	}
	g.PreActivations = after(0, s.Cell.Gates()*s.states())
	g.HiddenPart = after(g.PreActivations.To, hidden)
	g.States = after(g.HiddenPart.To, s.states())
	g.Cells = after(g.States.To, cells)
	g.First = after(g.Cells.To, first)
	g.Size = g.First.To
	return g
}
