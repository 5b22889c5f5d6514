package op_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

// layouts are three layouts of the matrix 1 2 3, 4 5 6 in memory other than row-major.
func layouts(t *testing.T) map[string]*tensor.Dense {
	t.Helper()
	byColumns := tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float64{1, 2, 3, 4, 5, 6}))

	transposed := newTensor(tensor.Float64, []float64{1, 4, 2, 5, 3, 6}, 3, 2)
	if err := transposed.T(); err != nil {
		t.Fatal(err)
	}
	wide := newTensor(tensor.Float64, []float64{0, 1, 2, 3, 0, 0, 4, 5, 6, 0}, 2, 5)
	part, err := wide.Slice(nil, tensor.S(1, 4))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*tensor.Dense{"by columns": byColumns, "transposed": transposed, "part of a wider one": part.(*tensor.Dense)}
}

// An op reads the elements of a tensor in their logical order, wherever they lie.
func TestInputsInAnyMemoryLayout(t *testing.T) {
	for name, x := range layouts(t) {
		in := inputs(newTensor(tensor.Float64, make([]float64, 6), 2, 3))
		double := must(t)(op.Scale(in[0], 2))
		got, err := double.Op().Do(x)
		if err != nil {
			t.Fatal(err)
		}
		if want := []float64{2, 4, 6, 8, 10, 12}; !slices.Equal(got.Data().([]float64), want) {
			t.Errorf("%s: twice the matrix is %v, want %v", name, got.Data(), want)
		}
	}
}

// Labels may be every second element of a longer vector.
func TestLabelsInAnyMemoryLayout(t *testing.T) {
	labels, err := newLabels(2, -1, 0, -1, 1, -1).Slice(tensor.S(0, 6, 2))
	if err != nil {
		t.Fatal(err)
	}
	z := randn(1, 3, 3)
	in := inputs(z, newLabels(2, 0, 1))
	loss := must(t)(op.CrossEntropy(in[0], in[1], op.MeanReduction, 0))
	run(t, loss)
	got, err := loss.Op().Do(z, labels.(*tensor.Dense))
	if err != nil {
		t.Fatal(err)
	}
	if want := floats(t, loss)[0]; got.Data() != want {
		t.Errorf("loss %v, want %v", got.Data(), want)
	}
}

// Every op, forward and backward, fills the memory it is given, whatever is in it.
func TestResultDoesNotDependOnItsMemory(t *testing.T) {
	for _, c := range gradientCases() {
		loss, wrt := c.build(t)
		nodes := append(grad(t, loss, wrt...), loss)
		runAll(t, nodes...)
		for _, n := range loss.Graph().AllNodes() {
			o, ours := n.Op().(*op.Op)
			if !ours || n.Value() == nil || strings.HasPrefix(o.String(), "dropout_mask") {
				continue
			}
			var args []gorgonia.Value
			for children := loss.Graph().From(n.ID()); children.Next(); {
				args = append(args, children.Node().(*gorgonia.Node).Value())
			}
			got, err := o.UsePreallocDo(dirty(n), args...)
			if err != nil {
				t.Fatalf("%s %s: %v", c.op, c.name, err)
			}
			if want := floats(t, n); !slices.Equal(goldens.Floats(t, got.Data()), want) {
				t.Errorf("%s %s: %v gives %v in used memory, %v in new", c.op, c.name, o, got.Data(), want)
			}
		}
	}
}

// dirty is memory for a node's value that is full of NaN.
func dirty(n *gorgonia.Node) gorgonia.Value {
	if n.IsScalar() {
		return gorgonia.NewF64(math.NaN())
	}
	nan := make([]float64, n.Shape().TotalSize())
	for i := range nan {
		nan[i] = math.NaN()
	}
	return newTensor(tensor.Float64, nan, n.Shape()...)
}

// A result cannot be written into memory of another layout, dtype or size.
func TestUnfitMemoryIsRefused(t *testing.T) {
	x := newTensor(tensor.Float64, []float64{1, 2, 3, 4, 5, 6}, 2, 3)
	double := must(t)(op.Scale(inputs(x)[0], 2)).Op().(*op.Op)
	unfit := layouts(t)
	unfit["too small"] = newTensor(tensor.Float64, []float64{0}, 1)
	unfit["of float32"] = newTensor(tensor.Float32, make([]float64, 6), 2, 3)
	unfit["of int"] = newLabels(0, 0, 0, 0, 0, 0)
	for name, memory := range unfit {
		if _, err := double.UsePreallocDo(memory, x); err == nil {
			t.Errorf("memory %s was accepted", name)
		}
	}
}

// Values of other shapes than the op was drawn for are errors: the kernels do not check where their memory ends.
func TestValuesOfOtherShapesAreRefused(t *testing.T) {
	for _, c := range everyOp(t, tensor.Float64) {
		for i, v := range c.in {
			x, isTensor := v.(*tensor.Dense)
			if !isTensor || len(c.in) < 2 { // with one input, the rule of shapes may allow it
				continue
			}
			larger := x.Shape().Clone()
			for axis := range larger {
				larger[axis]++
			}
			in := slices.Clone(c.in)
			in[i] = tensor.New(tensor.Of(x.Dtype()), tensor.WithShape(larger...))
			call := c.op.NewCall()
			if err := call.Run(c.out, c.in); err != nil {
				t.Fatalf("%s: %v", c.where, err)
			}
			if err := call.Run(c.out, in); err == nil {
				t.Errorf("%s: input %d may have the shape %v", c.where, i, larger)
			}
			if err := call.Run(c.out, c.in[1:]); err == nil {
				t.Errorf("%s: an input may be missing", c.where)
			}
		}
	}
}

// In float32, sums over a batch of a thousand are right to float32's precision, because they are taken in float64. A sum in float32
// would have an error of about 1e-6 here. Half a unit in the last place is 6e-8.
func TestSumsOverALargeBatchInFloat32(t *testing.T) {
	const rows, cols = 1000, 19
	x := newTensor(tensor.Float32, uniform(1, rows, cols).Float64s(), rows, cols)
	want := make([]float64, cols)
	for i, v := range x.Float32s() {
		want[i%cols] += float64(v)
	}
	in := inputs(x)
	sum, mean := must(t)(op.SumRows(in[0])), must(t)(op.Mean(in[0], op.OverBatch))
	run(t, sum, mean)
	for j := range want {
		if got := floats(t, sum)[j]; math.Abs(got-want[j]) > 6e-8*want[j] {
			t.Errorf("sum of column %d is %v, want %v", j, got, want[j])
		}
		if got := floats(t, mean)[j] * rows; math.Abs(got-want[j]) > 6e-8*want[j] {
			t.Errorf("mean of column %d is %v, want %v", j, got/rows, want[j]/rows)
		}
	}
}
