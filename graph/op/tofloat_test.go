package op_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

func TestToFloat(t *testing.T) {
	flags := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]bool{true, false, false, true}))
	numbers := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]int{-3, 0, 1, 1 << 20}))
	transposed := flags.Clone().(*tensor.Dense)
	transposed.Data().([]bool)[1] = true
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		x    *tensor.Dense
		want []float64
	}{{flags, []float64{1, 0, 0, 1}}, {numbers, []float64{-3, 0, 1, 1 << 20}}, {transposed, []float64{1, 0, 1, 1}}} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			y := must(t)(op.ToFloat(inputs(c.x)[0], dt))
			if err := machine.New(y.Graph(), y).RunAll(); err != nil {
				t.Fatal(err)
			}
			if got := goldens.Floats(t, y.Value().Data()); !slices.Equal(got, c.want) || y.Dtype() != dt {
				t.Errorf("%v gives %v of %v, want %v of %v", c.x.Data(), got, y.Dtype(), c.want, dt)
			}
		}
	}
}

// The gradient of a product by a mask goes through the other factor alone.
func TestGradientBesideToFloat(t *testing.T) {
	in := inputs(randn(1, 2, 2), tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]bool{true, false, false, true})))
	y := must(t)(op.Mul(in[0], must(t)(op.ToFloat(in[1], tensor.Float64))))
	dx := grad(t, weigh(t, y, newTensor(tensor.Float64, []float64{2, 3, 4, 5}, 2, 2)), in[0])[0]
	run(t, dx)
	if got, want := floats(t, dx), []float64{2, 0, 0, 5}; !slices.Equal(got, want) {
		t.Errorf("got a gradient of %v, want %v", got, want)
	}
}

func TestWrongToFloat(t *testing.T) {
	to := func(dt tensor.Dtype) binary {
		return func(a, _ *gorgonia.Node) (*gorgonia.Node, error) { return op.ToFloat(a, dt) }
	}
	labels, x := newLabels(0, 1), randn(1, 2, 2)
	checkMistakes(t, []mistake{
		wrong("floats", x, x, to(tensor.Float64), "to_float", "float64", "int or bool"),
		wrong("to integers", labels, labels, to(tensor.Int), "to_float", "got type int", "float32 or float64"),
		{"nil", func() (*gorgonia.Node, error) { return op.ToFloat(nil, tensor.Float64) }, []string{"to_float", "nil"}},
	})
}
