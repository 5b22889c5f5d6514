package op_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

func TestWrongTensors(t *testing.T) {
	reduce := func(axes ...int) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.ReduceSum(x, axes, false) }
	}
	product := func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.BatchedMatMul(a, b, false, true) }
	deep := func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.ReduceMax(a, nil, true) }
	square, cube, labels := randn(1, 4, 4), randn(2, 2, 3, 4), newLabels(0, 1)
	nine := randn(3, 1, 1, 1, 1, 1, 1, 1, 1, 2)
	checkMistakes(t, []mistake{
		wrongParameter("axis 2", reduce(0, 2), "reduce_sum", "got axis 2", "want 0 to 1"),
		wrongParameter("axis -1", reduce(-1), "reduce_sum", "got axis -1", "want 0 to 1"),
		wrongParameter("an axis twice", reduce(1, 0, 1), "reduce_sum", "axis 1", "twice"),
		wrong("nine dimensions", nine, nine, deep, "reduce_max", "9 dimensions", "at most 8"),
		wrong("nine dimensions broadcast", nine, square, op.BroadcastDiv, "broadcast_div", "9 dimensions", "at most 8"),
		wrong("broadcast", square, cube, op.BroadcastAdd, "broadcast_add", "(4, 4)", "(2, 3, 4)", "axis 1: got 4 and 3"),
		wrong("broadcast labels", square, labels, op.BroadcastMul, "broadcast_mul", "int", "float"),
		wrong("batched product", cube, randn(3, 2, 4, 3), product, "batched_matmul", "(3, 4)", "(4, 3)", "4 and 3"),
		wrong("other stacks", cube, randn(3, 3, 5, 4), product, "batched_matmul", "(2)", "(3)", "the same"),
		wrong("product of matrices", square, square, product, "batched_matmul", "(4, 4)", "3 dimensions"),
		wrong("table of one dimension", randn(1, 4), labels, op.Embedding, "embedding", "(4)", "2 dimensions"),
		wrong("table of float for labels", square, square, op.Embedding, "embedding", "float64", "int"),
	})
}

// A label that is no row of the table is found where it is used, and named.
func TestWrongRows(t *testing.T) {
	for _, label := range []int{-1, 4, math.MaxInt} {
		in := inputs(randn(1, 4, 2), newLabels(0, label))
		y := must(t)(op.Embedding(in[0], in[1]))
		dtable := grad(t, weigh(t, y, randn(2, 2, 2)), in[0])[0]
		for _, n := range []*gorgonia.Node{y, dtable} {
			err := machine.New(n.Graph(), n).RunAll()
			if err == nil || !strings.Contains(err.Error(), "label 1: got") || !strings.Contains(err.Error(), "0 to 3") {
				t.Errorf("label %d: error %v", label, err)
			}
		}
	}
}

// A NaN shows in the maximum and in the gradient of all it was compared with; other maxima are not affected.
func TestMaxOfNaN(t *testing.T) {
	for _, x := range [][]float64{{math.NaN(), 1, 2}, {1, math.NaN(), 2}, {1, 2, math.NaN()}} {
		in := inputs(newTensor(tensor.Float64, append(x, 1, 3, 2), 2, 3))
		y := must(t)(op.ReduceMax(in[0], []int{1}, false))
		dx := grad(t, weigh(t, y, newTensor(tensor.Float64, []float64{1, 1}, 2)), in[0])[0]
		run(t, y, dx)
		if top := floats(t, y); !math.IsNaN(top[0]) || top[1] != 3 {
			t.Errorf("maxima of %v: %v", x, top)
		}
		got := floats(t, dx)
		if !math.IsNaN(got[0]) || !math.IsNaN(got[1]) || !math.IsNaN(got[2]) || !slices.Equal(got[3:], []float64{0, 1, 0}) {
			t.Errorf("gradient of the maxima of %v: %v", x, got)
		}
	}
}

// The largest of minus infinities is minus infinity.
func TestMaxOfMinusInf(t *testing.T) {
	inf := math.Inf(-1)
	in := inputs(newTensor(tensor.Float32, []float64{inf, inf}, 2))
	y := must(t)(op.ReduceMax(in[0], nil, false))
	run(t, y)
	if got := floats(t, y)[0]; got != inf {
		t.Errorf("the maximum is %v", got)
	}
}

// All axes are all axes, whether they are named or not.
func TestAllAxes(t *testing.T) {
	x := inputs(randn(1, 2, 3))[0]
	if a, b := must(t)(op.ReduceSum(x, nil, false)), must(t)(op.ReduceSum(x, []int{1, 0}, false)); a.ID() != b.ID() {
		t.Errorf("%v and %v are two nodes", a, b)
	}
}

// A sum of a thousand numbers in float32 is the sum in float64, rounded once: half a unit in the last place is 6e-8.
func TestReduceSumInFloat32(t *testing.T) {
	x := newTensor(tensor.Float32, uniform(1, 10, 1000).Float64s(), 10, 1000)
	var want float64
	for _, v := range x.Float32s() {
		want += float64(v)
	}
	sum := must(t)(op.ReduceSum(inputs(x)[0], nil, false))
	run(t, sum)
	near(t, "sum", floats(t, sum)[0], want, 6e-8*want)
}
