package op_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A nudge changes one state after one step where it goes one way: 0 to the output, 1 to the carry of the next step, 2 to the products with
// the recurrent weights. That of LSTM changes the cell.
type nudge struct {
	step, unit, way int
	by              float64
}

// plainLoss is a recurrence of one sequence in plain Go, from zeros, with the loss Σ c·y.
func plainLoss(cell op.Cell, x, w, c []float64, steps, h int, n nudge) (loss float64) {
	g := cell.Gates()
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	carried, products := make([]float64, h), make([]float64, h)
	for t := range steps {
		u := make([]float64, g*h)
		for i := range u {
			for j := range h {
				u[i] += w[i*h+j] * products[j]
			}
		}
		z := func(gate, j int) float64 { return x[t*g*h+gate*h+j] + u[gate*h+j] }
		for j := range h {
			by := [3]float64{}
			if n.step == t && n.unit == j {
				by[n.way] = n.by
			}
			var y float64
			switch cell {
			case op.LSTM:
				state := sigmoid(z(1, j))*carried[j] + sigmoid(z(0, j))*math.Tanh(z(2, j))
				o := sigmoid(z(3, j))
				y, carried[j], products[j] = o*math.Tanh(state+by[0]), state+by[1], o*math.Tanh(state+by[2])
			case op.GRU:
				pass, r := sigmoid(z(1, j)), sigmoid(z(0, j))
				state := (1-pass)*math.Tanh(x[t*g*h+2*h+j]+r*u[2*h+j]) + pass*carried[j]
				y, carried[j], products[j] = state+by[0], state+by[1], state+by[2]
			default:
				state := math.Tanh(z(0, j))
				y, products[j] = state+by[0], state+by[2]
			}
			loss += c[t*h+j] * y
		}
	}
	return loss
}

// The parts of the flow are the slopes of the loss by states that change on one way alone. Central differences with steps of 1e-5 are good
// to some 1e-10, and the squares are sums of three.
func TestFlowIsTheSlopeByEachWay(t *testing.T) {
	const steps, hidden, h = 4, 3, 1e-5
	for _, cell := range []op.Cell{op.RNNTanh, op.LSTM, op.GRU} {
		width := cell.Gates() * hidden
		x, w, c := randn(1, 1, steps, width), randn(2, width, hidden), randn(3, 1, steps, hidden)
		split := splitOf(t, cell, false, x, w, c, nil, []int{0, 1, 2, 3})
		for step := range steps {
			got := [3]float64{split.Outside[step], split.Carry[step], split.Gates[step]}
			for way := range got {
				want := 0.0
				for unit := range hidden {
					at := func(by float64) float64 {
						return plainLoss(cell, x.Float64s(), w.Float64s(), c.Float64s(), steps, hidden, nudge{step, unit, way, by})
					}
					slope := (at(h) - at(-h)) / (2 * h)
					want += slope * slope
				}
				near(t, fmt.Sprintf("%v, step %d, way %d", cell, step, way), got[way], want, 1e-7)
			}
		}
		if got := len(split.Carries); got > 0 != (cell != op.RNNTanh) {
			t.Errorf("%v: got %d values of the carry", cell, got)
		}
	}
}

// splitOf runs a recurrence with the loss Σ c·y, and splits its gradient.
func splitOf(t *testing.T, cell op.Cell, reverse bool, x, w, c *tensor.Dense, lengths, at []int) op.FlowSplit {
	t.Helper()
	values := []*tensor.Dense{copyOf(tensor.Float64, x), copyOf(tensor.Float64, w)}
	if lengths != nil {
		values = append(values, newLabels(lengths...))
	}
	in := inputs(values...)
	y := must(t)(op.RecurrentOutputs(must(t)(drawRecurrence(in, cell, reverse, false, false))))
	dz := grad(t, weigh(t, y, copyOf(tensor.Float64, c)), in[:2]...)[0]
	flow, ok := op.FlowOf(dz)
	if !ok {
		t.Fatalf("%v: got no flow", cell)
	}
	run(t, append(gorgonia.Nodes{flow.Back}, op.Operands(flow.Back)...)...)
	var read []gorgonia.Value
	for _, n := range op.Operands(flow.Back) {
		read = append(read, n.Value())
	}
	split, err := flow.Split(flow.Back.Value(), read, at)
	if err != nil {
		t.Fatal(err)
	}
	return split
}

// In reverse the step after a step is the one before it in time; sequences that have ended count for nothing.
func TestFlowOfPaddedSequencesInReverse(t *testing.T) {
	const batch, steps, hidden = 3, 5, 4
	lengths := []int{2, 5, 3}
	for _, cell := range []op.Cell{op.RNNTanh, op.LSTM, op.GRU} {
		for _, reverse := range []bool{false, true} {
			width := cell.Gates() * hidden
			x, w, c := randn(1, batch, steps, width), small(2, width, hidden), randn(3, batch, steps, hidden)
			at := []int{0, 2, 4}
			got := splitOf(t, cell, reverse, x, w, c, lengths, at)
			for i, step := range at {
				var want op.FlowSplit
				want.Outside, want.Carry, want.Gates = []float64{0}, []float64{0}, []float64{0}
				count := 0
				for b, n := range lengths {
					if step >= n {
						continue
					}
					part := func(x *tensor.Dense, width int) *tensor.Dense {
						return newTensor(tensor.Float64, x.Float64s()[b*steps*width:(b*steps+n)*width], 1, n, width)
					}
					alone := splitOf(t, cell, reverse, part(x, width), w, part(c, hidden), nil, []int{step})
					want.Outside[0] += alone.Outside[0]
					want.Carry[0] += alone.Carry[0]
					want.Gates[0] += alone.Gates[0]
					count += alone.Count[0]
				}
				name := fmt.Sprintf("%v, reverse %v, step %d", cell, reverse, step)
				near(t, name+": outside", got.Outside[i], want.Outside[0], 1e-14)
				near(t, name+": carry", got.Carry[i], want.Carry[0], 1e-14)
				near(t, name+": gates", got.Gates[i], want.Gates[0], 1e-14)
				if got.Count[i] != count {
					t.Errorf("%s: got %d squares, want %d", name, got.Count[i], count)
				}
			}
		}
	}
}
