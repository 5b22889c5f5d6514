package machine_test

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
)

// gorgonia.Read copies a value to a variable in each run, and the copy stays what it is when the node's memory is reused.
func TestReadStatement(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithShape(2), gorgonia.WithName("x"))
	h := gorgonia.Must(gorgonia.Tanh(x))
	var seen, sum gorgonia.Value
	gorgonia.Read(h, &seen)
	gorgonia.Read(gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(h)))), &sum)
	m := machine.New(g)
	var first gorgonia.Value
	for _, at := range []float64{1, 2} {
		if err := gorgonia.Let(x, tensor.New(tensor.WithBacking([]float64{at, -at}))); err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		want := math.Tanh(at)
		if got := seen.Data().([]float64); math.Abs(got[0]-want) > 1e-15 || math.Abs(got[1]+want) > 1e-15 {
			t.Errorf("read %v, want ±%g", got, want)
		}
		if got := sum.Data().(float64); math.Abs(got-2*want*want) > 1e-15 {
			t.Errorf("read a sum of %g, want %g", got, 2*want*want)
		}
		if seen == h.Value() {
			t.Error("the variable holds the node's own value, not a copy")
		}
		if first == nil {
			first = seen
		} else if first != seen {
			t.Error("each run makes a new copy")
		}
	}
}
