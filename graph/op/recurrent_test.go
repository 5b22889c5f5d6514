package op_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

var cells = []op.Cell{op.RNNTanh, op.RNNReLU, op.LSTM, op.GRU}

// recurrentCases are recurrences of several sizes: of one step, of one sequence, with lengths, in reverse, with and without biases and
// first states.
func recurrentCases() (cases []gradientCase) {
	for _, cell := range cells {
		for i, s := range []struct {
			batch, steps, hidden int
			lengths              []int
			biases, first        bool
		}{
			{1, 1, 1, nil, false, false}, {2, 1, 3, nil, true, true}, {1, 4, 2, nil, true, false}, {3, 5, 17, nil, true, true},
			{4, 5, 3, []int{2, 5, 1, 3}, true, true}, {2, 3, 2, []int{1, 2}, false, false},
		} {
			width := cell.Gates() * s.hidden
			in := []*tensor.Dense{uniform(uint64(i), s.batch, s.steps, width), small(2, width, s.hidden)}
			if s.biases {
				in = append(in, uniform(3, width), uniform(4, width))
			}
			if s.first {
				in = append(in, small(5, s.batch, s.hidden))
			}
			if s.first && cell == op.LSTM {
				in = append(in, randn(6, s.batch, s.hidden))
			}
			var fixed []int
			if s.lengths != nil {
				fixed = []int{len(in)}
				in = append(in, newLabels(s.lengths...))
			}
			for _, reverse := range []bool{false, true} {
				draw := func(part unary) func(in gorgonia.Nodes) (*gorgonia.Node, error) {
					return func(in gorgonia.Nodes) (*gorgonia.Node, error) {
						record, err := drawRecurrence(in, cell, reverse, s.biases, s.first)
						if err != nil {
							return nil, err
						}
						return part(record)
					}
				}
				name := fmt.Sprintf("%v %+v reverse=%v", cell, s, reverse)
				cases = append(cases,
					gradientCase{op: "RecurrentOutputs", name: name, in: in, fixed: fixed, draw: draw(op.RecurrentOutputs)},
					gradientCase{op: "RecurrentLast", name: name, in: in, fixed: fixed, draw: draw(op.RecurrentLast)})
			}
		}
	}
	x := randn(1, 3, 4, 2)
	return append(cases,
		gradientCase{op: "LastSteps", name: "all", in: []*tensor.Dense{x}, draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return op.LastSteps(in[0], nil)
		}},
		gradientCase{op: "LastSteps", name: "lengths", in: []*tensor.Dense{x, newLabels(4, 1, 3)}, fixed: []int{1}, draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
			return op.LastSteps(in[0], in[1])
		}})
}

// small draws numbers between -0.4 and 0.4, so that states stay away from saturation.
func small(seed uint64, shape ...int) *tensor.Dense {
	x := uniform(seed, shape...)
	for i, v := range x.Float64s() {
		x.Float64s()[i] = v - 0.5
	}
	return x
}

// drawRecurrence draws a recurrence of inputs in the order of its fields.
func drawRecurrence(in gorgonia.Nodes, cell op.Cell, reverse, biases, first bool) (*gorgonia.Node, error) {
	next := func() (n *gorgonia.Node) { n, in = in[0], in[1:]; return n }
	r := op.Recurrence{Cell: cell, Reverse: reverse, Projected: next(), Weight: next()}
	if biases {
		r.BiasInput, r.BiasHidden = next(), next()
	}
	if first {
		r.FirstState = next()
	}
	if first && cell == op.LSTM {
		r.FirstCell = next()
	}
	if len(in) > 0 {
		r.Lengths = next()
	}
	return op.Recurrent(r)
}

// A padded batch gives the numbers of its sequences alone, forward and backward, in both directions; its padding gives zeros.
func TestPaddedBatchIsItsSequencesAlone(t *testing.T) {
	const batch, steps, hidden = 3, 5, 4
	lengths := []int{2, 5, 3}
	for _, cell := range cells {
		for _, reverse := range []bool{false, true} {
			width := cell.Gates() * hidden
			x, w := randn(1, batch, steps, width), small(2, width, hidden)
			all := runRecurrence(t, cell, reverse, x, w, lengths)
			for b, n := range lengths {
				part := newTensor(tensor.Float64, x.Float64s()[b*steps*width:(b*steps+n)*width], 1, n, width)
				alone := runRecurrence(t, cell, reverse, part, w, nil)
				for i, size := range []int{hidden, width} { // y, dz
					padded := all[i][b*steps*size : (b+1)*steps*size]
					if got, want := padded[:n*size], alone[i]; !slices.Equal(got, want) {
						t.Errorf("%v, reverse %v, sequence %d, value %d: got %v, want %v", cell, reverse, b, i, got, want)
					}
					if slices.ContainsFunc(padded[n*size:], func(v float64) bool { return v != 0 }) {
						t.Errorf("%v, reverse %v, sequence %d, value %d: the padding is %v, want zeros", cell, reverse, b, i, padded[n*size:])
					}
				}
			}
		}
	}
}

// runRecurrence gives the states y of a recurrence, and for L = Σ y² the gradient by the pre-activations.
func runRecurrence(t *testing.T, cell op.Cell, reverse bool, x, w *tensor.Dense, lengths []int) [][]float64 {
	t.Helper()
	values := []*tensor.Dense{copyOf(tensor.Float64, x), copyOf(tensor.Float64, w)}
	if lengths != nil {
		values = append(values, newLabels(lengths...))
	}
	in := inputs(values...)
	y := must(t)(op.RecurrentOutputs(must(t)(drawRecurrence(in, cell, reverse, false, false))))
	loss := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(y))))
	dz := grad(t, loss, in[:2]...)[0]
	run(t, y, dz)
	return [][]float64{slices.Clone(floats(t, y)), slices.Clone(floats(t, dz))}
}

// recurrentOpCases are the constructors on the nodes of square.
func recurrentOpCases() (cases []opCase) {
	for _, c := range []struct {
		cell    op.Cell
		reverse bool
		in      string
	}{{op.RNNTanh, false, "rx"}, {op.RNNReLU, false, "rx"}, {op.RNNTanh, true, "rx"}, {op.LSTM, false, "ru"}, {op.LSTM, true, "ru"}} {
		add := func(name string, noGrad bool, f unary) {
			cases = append(cases, opCase{op: name, name: fmt.Sprint(c.cell, c.reverse), in: c.in, noGrad: noGrad,
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
					record, err := drawRecurrence(in, c.cell, c.reverse, false, false)
					if err != nil {
						return nil, err
					}
					return f(record)
				}})
		}
		add("Recurrent", true, func(record *gorgonia.Node) (*gorgonia.Node, error) { return record, nil })
		add("RecurrentOutputs", false, op.RecurrentOutputs)
		add("RecurrentLast", false, op.RecurrentLast)
	}
	return append(cases, opCase{op: "LastSteps", in: "r", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.LastSteps(in[0], nil) }})
}

// A loss of all states and of the last ones has one backward pass, whose gradients are the slopes.
func TestStatesAndLastStatesInOneLoss(t *testing.T) {
	for _, cell := range cells {
		width := cell.Gates() * 3
		in := inputs(uniform(1, 2, 4, width), small(2, width, 3), newLabels(4, 2))
		record := must(t)(drawRecurrence(in, cell, false, false, false))
		y, last := must(t)(op.RecurrentOutputs(record)), must(t)(op.RecurrentLast(record))
		loss := must(t)(op.Add(weigh(t, y, randn(3, y.Shape()...)), weigh(t, last, randn(4, last.Shape()...))))
		grads := grad(t, loss, in[:2]...)
		run(t, append(grads, loss)...)
		for i, g := range grads {
			got := slices.Clone(floats(t, g))
			if e := goldens.RelErr(got, slopes(t, loss, in[i])); !(e <= 1e-6) {
				t.Errorf("%v: gradient by input %d differs from the slope by %g of its largest element", cell, i, e)
			}
		}
		passes := 0
		for _, n := range loss.Graph().AllNodes() {
			if n.Op() != nil && strings.HasPrefix(n.Op().String(), "backward(") {
				passes++
			}
		}
		if passes != 1 {
			t.Errorf("%v: %d backward passes, want 1", cell, passes)
		}
	}
}

// The gradient by the states may be any vector, also one that differentiation has not put together from its parts.
func TestGradientOfAnyVectorOfStates(t *testing.T) {
	in := inputs(uniform(1, 2, 3, 8), small(2, 8, 2))
	y := must(t)(op.RecurrentOutputs(must(t)(drawRecurrence(in, op.LSTM, false, false, false))))
	states := op.Operands(y)[0]
	loss := weigh(t, states, randn(5, states.Shape()...))
	grads := grad(t, loss, in...)
	run(t, append(grads, loss)...)
	for i, g := range grads {
		got := slices.Clone(floats(t, g))
		if e := goldens.RelErr(got, slopes(t, loss, in[i])); !(e <= 1e-6) {
			t.Errorf("gradient by input %d differs from the slope by %g of its largest element", i, e)
		}
	}
}

// The last steps are those that the lengths tell.
func TestLastSteps(t *testing.T) {
	x := newTensor(tensor.Float64, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 2, 3, 2)
	for _, c := range []struct {
		lengths []int
		want    []float64
	}{{nil, []float64{5, 6, 11, 12}}, {[]int{1, 2}, []float64{1, 2, 9, 10}}} {
		in := inputs(x)
		var lengths *gorgonia.Node
		if c.lengths != nil {
			lengths = input(in[0].Graph(), "lengths", newLabels(c.lengths...))
		}
		y := must(t)(op.LastSteps(in[0], lengths))
		run(t, y)
		if got := floats(t, y); !slices.Equal(got, c.want) {
			t.Errorf("lengths %v: got %v, want %v", c.lengths, got, c.want)
		}
	}
}
