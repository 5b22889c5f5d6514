package op_test

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/onnxtest"
)

// beyondRecurrences are tests of recurrences that ours cannot express, by what they ask for.
var beyondRecurrences = map[string]string{
	"lstm_with_peepholes": "gates that read the cell",
	"gru_seq_length":      "the reset before the product of the state",
}

// gatesOfONNX gives the position in ONNX of each of our gates: LSTM has i, o, f, c there, and GRU z, r, h.
var gatesOfONNX = map[string]struct {
	cell  op.Cell
	gates []int
}{"RNN": {op.RNNTanh, []int{0}}, "LSTM": {op.LSTM, []int{0, 2, 3, 1}}, "GRU": {op.GRU, []int{1, 0, 2}}}

// The numbers of recurrences are those of ONNX.
func TestRecurrencesOfONNX(t *testing.T) {
	if _, err := os.Stat(onnxtest.Dir); err != nil {
		t.Skipf("SKIPPED: recurrences are not compared with the tests of ONNX, as there is no %s (Debian: apt-get install libonnx-testdata)", onnxtest.Dir)
	}
	entries, err := os.ReadDir(path.Join(onnxtest.Dir, "node"))
	if err != nil {
		t.Fatal(err)
	}
	passed := make(map[string]int)
	for _, entry := range entries {
		c, err := onnxtest.Read(path.Join("node", entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Model.Graph.Nodes) == 1 && gatesOfONNX[c.Model.Graph.Nodes[0].Op].gates != nil && checkRecurrence(t, c) {
			passed[c.Model.Graph.Nodes[0].Op]++
		}
	}
	t.Logf("passed: %v", passed)
	for kind, want := range map[string]int{"RNN": 4, "LSTM": 3, "GRU": 3} {
		if passed[kind] < want {
			t.Errorf("%d tests of %s passed, want at least %d", passed[kind], kind, want)
		}
	}
}

// checkRecurrence runs a test, and reports whether ours computes it.
func checkRecurrence(t *testing.T, c *onnxtest.Case) bool {
	t.Helper()
	r := &onnxRecurrence{onnxCase{Case: c, Node: c.Model.Graph.Nodes[0], t: t, graph: gorgonia.NewGraph()}}
	if reason := r.isBeyond(); reason != "" {
		if known := beyondRecurrences[strings.TrimPrefix(path.Base(c.Name), "test_")]; known != reason {
			t.Errorf("%s asks for %s", c.Name, reason)
		}
		return false
	}
	record := must(t)(op.Recurrent(r.recurrence()))
	results := map[string]*gorgonia.Node{"Y": must(t)(op.RecurrentOutputs(record)), "Y_h": must(t)(op.RecurrentLast(record))}
	for i, want := range c.Outputs {
		at := slices.IndexFunc(r.Node.Outputs, func(name string) bool { return name != "" }) + i
		y := results[[]string{"Y", "Y_h"}[at]]
		run(t, y)
		got := r.batchFirst(floats(t, y), want.Shape, at)
		if !(&onnxCase{Case: &onnxtest.Case{Outputs: []*onnxtest.Tensor{want}}}).isRight(got) {
			t.Errorf("%s: output %d: got %v, want %v", c.Name, at, got, want.Numbers)
			return false
		}
	}
	return true
}

// An onnxRecurrence is a test of a recurrence while it is being drawn.
type onnxRecurrence struct{ onnxCase }

// isBeyond tells what a test asks for that ours does not have; empty if there is nothing.
func (r *onnxRecurrence) isBeyond() string {
	steps := r.steps()
	switch {
	case len(r.Node.Inputs) > 7 && r.Node.Inputs[7] != "":
		return "gates that read the cell"
	case r.Op == "GRU" && steps > 1 && r.Int("linear_before_reset", 0) == 0: // one step from zeros has no reset
		return "the reset before the product of the state"
	case r.Text("direction", "") != "" && r.Text("direction", "") != "forward":
		return "the direction " + r.Text("direction", "")
	}
	return ""
}

func (r *onnxRecurrence) steps() int { return r.Input(r.Node.Inputs[0]).Shape[r.Int("layout", 0)] }

// recurrence draws the products of the inputs, and describes the remainder.
func (r *onnxRecurrence) recurrence() op.Recurrence {
	x := r.Input(r.Node.Inputs[0])
	w, u := r.weight(1), r.weight(2)
	batch, width := x.Shape[1-r.Int("layout", 0)], w.Shape()[0]
	rows := r.constant("rows", r.rows(x), batch*r.steps(), x.Shape[2])
	z := must(r.t)(op.MatMul(rows, w, false, true))
	d := op.Recurrence{Cell: gatesOfONNX[r.Op].cell, Weight: u, Projected: gorgonia.Must(gorgonia.Reshape(z, []int{batch, r.steps(), width}))}
	if len(r.Node.Inputs) > 3 && r.Node.Inputs[3] != "" {
		b := r.Input(r.Node.Inputs[3]).Numbers
		d.BiasInput = r.constant("b_ih", r.reordered(b[:width]), width)
		d.BiasHidden = r.constant("b_hh", r.reordered(b[width:]), width)
	}
	return d
}

// rows is x with the batch first.
func (r *onnxRecurrence) rows(x *onnxtest.Tensor) []float64 {
	if r.Int("layout", 0) == 1 {
		return x.Numbers
	}
	return swapped(x.Numbers, x.Shape[0], x.Shape[1], x.Shape[2])
}

// swapped exchanges the first two of three axes.
func swapped(x []float64, a, b, c int) (y []float64) {
	for j := range b {
		for i := range a {
			y = append(y, x[(i*b+j)*c:(i*b+j+1)*c]...)
		}
	}
	return y
}

// batchFirst gives our numbers the order of an output of ONNX: Y (steps, 1, batch, hidden), or Y_h (1, batch, hidden).
func (r *onnxRecurrence) batchFirst(got []float64, shape []int, output int) []float64 {
	if output == 1 || r.Int("layout", 0) == 1 {
		return got[:tensor.Shape(shape).TotalSize()]
	}
	return swapped(got, shape[2], shape[0], shape[3])
}

// weight is input i (1, gates·hidden, columns) in our order of gates, without its first axis.
func (r *onnxRecurrence) weight(i int) *gorgonia.Node {
	w := r.Input(r.Node.Inputs[i])
	return r.constant(w.Name, r.reordered(w.Numbers), w.Shape[1], w.Shape[2])
}

// reordered puts the gates into our order.
func (r *onnxRecurrence) reordered(x []float64) (y []float64) {
	gates := gatesOfONNX[r.Op].gates
	size := len(x) / len(gates)
	for _, from := range gates {
		y = append(y, x[from*size:(from+1)*size]...)
	}
	return y
}

func (r *onnxRecurrence) constant(name string, data []float64, shape ...int) *gorgonia.Node {
	return input(r.graph, name, newTensor(tensor.Float32, data, shape...))
}
