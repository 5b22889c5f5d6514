package graph_test

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
)

// A foreign program is one written for Gorgonia alone: its graph, its operations, its training loop and its solvers. The
// files foreign_*_test.go hold some, and show that another line for the machine is all it takes to run them on ours.
type foreign struct {
	g       *gorgonia.ExprGraph
	feed    func(step int) error // sets the inputs with gorgonia.Let
	loss    *gorgonia.Node
	weights gorgonia.Nodes
	solver  gorgonia.Solver
	shown   gorgonia.Value // what gorgonia.Read reads, in programs that do
}

// newForeign is a program without a graph yet, that trains with the solver.
func newForeign(solver gorgonia.Solver) *foreign {
	return &foreign{g: gorgonia.NewGraph(), solver: solver, feed: func(int) error { return nil }}
}

// input declares an input of float64 numbers.
func (f *foreign) input(name string, shape ...int) *gorgonia.Node {
	return gorgonia.NewTensor(f.g, gorgonia.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

// weight declares a weight, with normal numbers of the given standard deviation in it.
func (f *foreign) weight(t *testing.T, name string, deviation float64, seed uint64, shape ...int) *gorgonia.Node {
	t.Helper()
	value := randn(t, tensor.Float64, seed, shape...)
	for i, data := 0, value.Data().([]float64); i < len(data); i++ {
		data[i] *= deviation
	}
	w := f.input(name, shape...)
	if err := gorgonia.Let(w, value); err != nil {
		t.Fatal(err)
	}
	f.weights = append(f.weights, w)
	return w
}

// minimise ends the graph with the gradient of the loss.
func (f *foreign) minimise(t *testing.T, loss *gorgonia.Node) {
	t.Helper()
	f.loss = loss
	if _, err := gorgonia.Grad(loss, f.weights...); err != nil {
		t.Fatal(err)
	}
}

// affine is x·w + b for a batch of rows x.
func affine(x, w, b *gorgonia.Node) *gorgonia.Node {
	return gorgonia.Must(gorgonia.BroadcastAdd(gorgonia.Must(gorgonia.Mul(x, w)), b, nil, []byte{0}))
}

// logLikelihood is the negative mean over the batch of log p of the true class, y being one-hot.
func logLikelihood(p, y *gorgonia.Node) *gorgonia.Node {
	picked := gorgonia.Must(gorgonia.HadamardProd(gorgonia.Must(gorgonia.Log(p)), y))
	return gorgonia.Must(gorgonia.Neg(gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Sum(picked, 1))))))
}

// lossCurve trains, and returns the loss before each step. It is the loop of any Gorgonia program.
func lossCurve(t *testing.T, f *foreign, vm gorgonia.VM, steps int) []float64 {
	t.Helper()
	defer vm.Close()
	losses := make([]float64, 0, steps)
	for step := range steps {
		if err := f.feed(step); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		losses = append(losses, scalar(f.loss))
		if err := f.solver.Step(gorgonia.NodesToValueGrads(f.weights)); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		vm.Reset()
	}
	return losses
}

// foreignSteps is the number of steps that the programs train, and foreignTolerance the largest relative difference between the
// losses of two machines. Both machines do the same float64 arithmetic up to the order of sums. Those have a few hundred terms at most, so
// that a step adds an error of the order of 100 roundings, 100 × 1.1e-16 ≈ 1e-14; 30 steps add up to 3e-13. The tolerance
// allows training to magnify that 3000 times. A wrong gradient would show in the second or third digit.
const (
	foreignSteps     = 30
	foreignTolerance = 1e-9
)

// trainOnBoth trains the program on Gorgonia's machine and on ours, and wants the same losses, which fall: the mean of the
// last six below the given fraction of the mean of the first six.
func trainOnBoth(t *testing.T, newProgram func(*testing.T) *foreign, fraction float64) (ours, theirs *foreign) {
	t.Helper()
	ours, theirs = newProgram(t), newProgram(t)
	want := lossCurve(t, theirs, gorgonia.NewTapeMachine(theirs.g, gorgonia.BindDualValues(theirs.weights...)), foreignSteps)
	got := lossCurve(t, ours, machine.New(ours.g), foreignSteps)
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= foreignTolerance*math.Abs(want[i])) {
			t.Fatalf("step %d: loss %v, TapeMachine's %v", i, got[i], want[i])
		}
	}
	first, last := 0.0, 0.0
	for i := range 6 {
		first, last = first+got[i], last+got[foreignSteps-1-i]
	}
	if !(last < fraction*first) {
		t.Errorf("the loss went from %g to %g only", first/6, last/6)
	}
	return ours, theirs
}

// oneHot returns rows of zeros with a one at the class.
func oneHot(classes []int, width int) *tensor.Dense {
	data := make([]float64, len(classes)*width)
	for i, c := range classes {
		data[i*width+c] = 1
	}
	return tensor.New(tensor.WithShape(len(classes), width), tensor.WithBacking(data))
}

// clusters returns n rows around one random centre for each class, with the classes as one-hot rows.
func clusters(n, width, classes int, spread float64, seed uint64) (x, y *tensor.Dense) {
	rng := seeded(seed)
	centres := make([]float64, classes*width)
	for i := range centres {
		centres[i] = rng.NormFloat64()
	}
	data, labels := make([]float64, n*width), make([]int, n)
	for i := range labels {
		labels[i] = rng.IntN(classes)
		for j := range width {
			data[i*width+j] = centres[labels[i]*width+j] + spread*rng.NormFloat64()
		}
	}
	return tensor.New(tensor.WithShape(n, width), tensor.WithBacking(data)), oneHot(labels, classes)
}

// letAll binds values to nodes: node, value, node, value ...
func letAll(pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := gorgonia.Let(pairs[i].(*gorgonia.Node), pairs[i+1]); err != nil {
			return err
		}
	}
	return nil
}
