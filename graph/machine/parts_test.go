package machine_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// recurrence draws the states of a recurrence, which are read again, in another shape, after a chain of values that take over all memory that is free.
func recurrence(t *testing.T) (g *gorgonia.ExprGraph, states, last, sum *gorgonia.Node) {
	t.Helper()
	g = gorgonia.NewGraph()
	node := func(name string, shape ...int) *gorgonia.Node {
		data := make([]float32, tensor.Shape(shape).TotalSize())
		for i := range data {
			data[i] = float32(i%7-3) / 8
		}
		return gorgonia.NewTensor(g, tensor.Float32, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name),
			gorgonia.WithValue(tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))))
	}
	record := gorgonia.Must(op.Recurrent(op.Recurrence{Cell: op.RNNTanh, Projected: node("x", 2, 5, 3), Weight: node("w", 3, 3)}))
	states = gorgonia.Must(op.RecurrentOutputs(record))
	rows := gorgonia.Must(gorgonia.Reshape(states, tensor.Shape{10, 3}))
	chain := gorgonia.Must(op.Activate(op.Tanh, 0, rows))
	for range 10 {
		chain = gorgonia.Must(op.Activate(op.Sigmoid, 0, chain))
	}
	return g, states, gorgonia.Must(op.RecurrentLast(record)), gorgonia.Must(op.Add(chain, rows))
}

// A part lies in the memory of the whole, which therefore lasts as long as the part. An output has memory of its own.
func TestPartsLieInTheWhole(t *testing.T) {
	g, states, last, sum := recurrence(t)
	outputs := []*gorgonia.Node{sum}
	separate := machine.New(g, sum, states, last)
	separate.KeepAll()
	if err := separate.RunAll(); err != nil {
		t.Fatal(err)
	}
	want := [][]float64{slices.Clone(floats(sum.Value())), slices.Clone(floats(last.Value())), slices.Clone(floats(states.Value()))}
	for _, output := range []*gorgonia.Node{last, states, nil} {
		shared := machine.New(g, outputs...)
		for range 3 {
			if err := shared.RunAll(); err != nil {
				t.Fatal(err)
			}
			for i, n := range outputs {
				if !slices.Equal(floats(n.Value()), want[i]) {
					t.Errorf("output %d: got %v, want %v", i, floats(n.Value()), want[i])
				}
			}
		}
		memory, err := shared.Memory()
		if err != nil {
			t.Fatal(err)
		}
		placed := 2 + 10 + len(outputs) // the record, the chain and the outputs
		if len(outputs) == 3 {
			placed++ // the rows are no part of states that are an output
		}
		if memory.Values != placed {
			t.Errorf("%d values have memory of their own, want %d", memory.Values, placed)
		}
		outputs = append(outputs, output)
	}
}

// A caller may change an output in place: it is no other output's memory.
func TestPartsThatAreOutputs(t *testing.T) {
	g, states, last, sum := recurrence(t)
	m := machine.New(g, sum, last, states)
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(floats(last.Value()))
	clear(states.Value().Data().([]float32))
	if got := floats(last.Value()); !slices.Equal(got, want) {
		t.Errorf("the last states change with the states: got %v, want %v", got, want)
	}
}
