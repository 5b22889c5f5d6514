package machine_test

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
)

// Gorgonia's TapeMachine gives 54 here: it writes z = 2h over h, whose memory y = reshape(h) still reads.
func TestReshapedValueKeepsItsMemory(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(3, 3), gorgonia.WithName("x"),
		gorgonia.WithInit(gorgonia.Ones()))
	h := gorgonia.Must(gorgonia.Add(x, gorgonia.NewConstant(2.0, gorgonia.WithName("two"))))
	y := gorgonia.Must(gorgonia.Reshape(h, tensor.Shape{9}))
	z := gorgonia.Must(gorgonia.Mul(h, gorgonia.NewConstant(2.0, gorgonia.WithName("factor"))))
	sumY, sumZ := gorgonia.Must(gorgonia.Sum(y)), gorgonia.Must(gorgonia.Sum(z))
	m := machine.New(g)
	for range 2 {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		if scalar(sumY) != 27 || scalar(sumZ) != 54 {
			t.Fatalf("sums are %g and %g, want 27 and 54", scalar(sumY), scalar(sumZ))
		}
	}
}

// What follows is a hand-written Gorgonia program with nothing of ours but the machine.
type handWritten struct {
	g       *gorgonia.ExprGraph
	x, y    *gorgonia.Node
	weights gorgonia.Nodes
	loss    *gorgonia.Node
}

// newHandWritten is a two-layer tanh network with a residual sum and a squared error.
func newHandWritten(t *testing.T) handWritten {
	t.Helper()
	g := gorgonia.NewGraph()
	input := func(name string, seed uint64, shape ...int) *gorgonia.Node {
		return gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(shape...), gorgonia.WithName(name),
			gorgonia.WithValue(randn(t, tensor.Float64, seed, shape...)))
	}
	p := handWritten{g: g, x: input("x", 1, 6, 4), y: input("y", 2, 6, 4)}
	w1, w2 := input("w1", 3, 4, 4), input("w2", 4, 4, 4)
	b := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithShape(4), gorgonia.WithName("b"),
		gorgonia.WithValue(randn(t, tensor.Float64, 5, 4)))
	h := gorgonia.Must(gorgonia.Tanh(gorgonia.Must(gorgonia.BroadcastAdd(gorgonia.Must(gorgonia.Mul(p.x, w1)), b, nil, []byte{0}))))
	out := gorgonia.Must(gorgonia.Add(p.x, gorgonia.Must(gorgonia.Mul(h, w2))))
	p.loss = gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sub(out, p.y))))))
	p.weights = gorgonia.Nodes{w1, b, w2}
	if _, err := gorgonia.Grad(p.loss, p.weights...); err != nil {
		t.Fatal(err)
	}
	return p
}

// The same program on both machines, with Gorgonia's own Adam, gives the same losses.
func TestHandWrittenProgramTrainsAsOnTapeMachine(t *testing.T) {
	train := func(p handWritten, m gorgonia.VM) []float64 {
		solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.05))
		var losses []float64
		for range 50 {
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
			losses = append(losses, scalar(p.loss))
			if err := solver.Step(gorgonia.NodesToValueGrads(p.weights)); err != nil {
				t.Fatal(err)
			}
			m.Reset()
		}
		return losses
	}
	ours, theirs := newHandWritten(t), newHandWritten(t)
	got := train(ours, machine.New(ours.g))
	want := train(theirs, gorgonia.NewTapeMachine(theirs.g, gorgonia.BindDualValues(theirs.weights...)))
	for i := range want {
		// Both do the same float64 arithmetic, up to the order of sums, 50 times over.
		if math.Abs(got[i]-want[i]) > 1e-10*want[i] {
			t.Fatalf("step %d: loss %v, TapeMachine's %v", i, got[i], want[i])
		}
	}
	if got[49] > got[0]/2 {
		t.Errorf("the loss went from %g to %g only", got[0], got[49])
	}
}

func TestMachineComputesOnlyWhatOutputsNeed(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithShape(3), gorgonia.WithName("x"), gorgonia.WithInit(gorgonia.Ones()))
	wanted := gorgonia.Must(gorgonia.Exp(x))
	other := gorgonia.Must(gorgonia.Tanh(x))
	m := machine.New(g, wanted)
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if wanted.Value() == nil || other.Value() != nil {
		t.Fatalf("wanted %v, other %v: expected a value and none", wanted.Value(), other.Value())
	}
	seen := 0.0
	m.Tap(other, func(v gorgonia.Value) { seen = v.Data().([]float64)[0] })
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if seen != math.Tanh(1) {
		t.Errorf("the tap saw %g, want tanh(1) = %g", seen, math.Tanh(1))
	}
}

// A machine that keeps all values makes memory once: a node has the same value object in each run, and different nodes
// different memory.
func TestMachineKeepsItsMemory(t *testing.T) {
	p := build(t, graph.Config{
		Model:  mlp.Model{Input: 4, Hidden: []int{6, 6}, Output: 3},
		Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{5, 4}, Loss: graph.CrossEntropy{}, KeepAll: true,
	})
	x, y := randn(t, tensor.Float32, 1, 5, 4), classes(t, 5, 3, 1)
	run(t, p, x, y)
	first := make(map[*gorgonia.Node]gorgonia.Value)
	owner := make(map[*float32]*gorgonia.Node)
	for _, n := range p.Graph.AllNodes() {
		v, dense := n.Value().(*tensor.Dense)
		if !dense || v.Dtype() != tensor.Float32 {
			continue
		}
		first[n] = v
		at := &v.Float32s()[0]
		if other := owner[at]; other != nil {
			t.Errorf("%v and %v share memory", n, other)
		}
		owner[at] = n
	}
	if len(first) < 20 {
		t.Fatalf("only %d tensors seen", len(first))
	}
	run(t, p, x, y)
	for n, v := range first {
		if n.Value() != v {
			t.Errorf("%v has new memory in the second run", n)
		}
	}
}

func TestPanicInAnOpNamesNodeOpShapesAndLayer(t *testing.T) {
	model := graph.Sequential{graph.Dense{Units: 3}, graph.Named("odd", graph.LayerFunc(
		func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Check(gorgonia.ApplyOp(graphtest.Broken{}, x))
		}))}
	p := build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 4}})
	err := p.Run(randn(t, tensor.Float64, 1, 2, 4), nil)
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"broken", "layer odd", "(2, 3)", "index out of range", "node "} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not tell %q: %v", part, err)
		}
	}
}

func TestMachineErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewVector(g, gorgonia.Float64, gorgonia.WithShape(3), gorgonia.WithName("the_input"))
	y := gorgonia.Must(gorgonia.Exp(x))
	m := machine.New(g, y)
	if err := m.RunAll(); err == nil || !strings.Contains(err.Error(), "the_input") {
		t.Errorf("an input without a value: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err == nil {
		t.Error("a closed machine ran")
	}
}
