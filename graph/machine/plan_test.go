package machine_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/cputime"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// randomGraph draws a graph of operations picked at random, ours and Gorgonia's, that read what was drawn before, and
// gives some of its nodes as outputs.
func randomGraph(t *testing.T, seed uint64) (*gorgonia.ExprGraph, gorgonia.Nodes) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	g := gorgonia.NewGraph()
	var nodes gorgonia.Nodes
	for i := range 3 {
		nodes = append(nodes, gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(6, 6),
			gorgonia.WithName(fmt.Sprint("x", i)), gorgonia.WithValue(randn(t, tensor.Float64, seed+uint64(i), 6, 6))))
	}
	must := func(n *gorgonia.Node, err error) *gorgonia.Node {
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for range 40 {
		a, b := nodes[rng.IntN(len(nodes))], nodes[max(0, len(nodes)-1-rng.IntN(6))]
		var n *gorgonia.Node
		switch rng.IntN(11) {
		case 0:
			n = must(op.Add(a, b))
		case 1:
			n = must(op.Mul(a, b))
		case 2:
			n = must(op.MatMul(a, b, rng.IntN(2) == 0, rng.IntN(2) == 0))
		case 3, 4:
			n = must(op.Activate(op.Tanh, 0, b))
		case 5:
			n = must(op.Softmax(b))
		case 6:
			n = must(gorgonia.Reshape(must(gorgonia.Reshape(b, tensor.Shape{36})), tensor.Shape{6, 6})) // a view
		case 7:
			n = must(gorgonia.Sub(a, b))
		case 8:
			n = must(gorgonia.Mul(a, must(gorgonia.Transpose(b))))
		case 9, 10:
			x := must(gorgonia.Reshape(b, tensor.Shape{2, 3, 6}))
			states := must(op.RecurrentOutputs(must(op.Recurrent(op.Recurrence{Cell: op.RNNTanh, Projected: x, Weight: a})))) // a part
			n = must(gorgonia.Reshape(states, tensor.Shape{6, 6}))
		}
		nodes = append(nodes, must(op.Activate(op.Sigmoid, 0, n)))
	}
	return g, gorgonia.Nodes{nodes[len(nodes)-1], nodes[20], nodes[30]}
}

// A graph of a thousand layers is drawn, differentiated and compiled in less than 4 s of processor time, the garbage collector's
// included. It takes about 1.
func TestAThousandLayersCompileSoon(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is for the race detector, which is many times slower")
	}
	before := cputime.Used()
	p := build(t, graph.Config{
		Model:  mlp.Model{Input: 32, Hidden: slices.Repeat([]int{32}, 1000), Output: 10, Activation: graph.Tanh},
		Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{16, 32}, Loss: graph.CrossEntropy{},
	})
	if took := cputime.Used() - before; took > 4*time.Second {
		t.Errorf("it took %v", took)
	}
	if len(p.Layers) != 1001 {
		t.Errorf("%d layers", len(p.Layers))
	}
}

// Values that share memory, steps that run on several cores: the outputs are those of a machine that keeps every value in
// memory of its own, bit by bit.
func TestPlanDoesNotChangeTheNumbers(t *testing.T) {
	for seed := range uint64(200) {
		g, outputs := randomGraph(t, seed)
		planned, separate := machine.New(g, outputs...), machine.New(g, outputs...)
		separate.KeepAll()
		var want [][]float64
		if err := separate.RunAll(); err != nil {
			t.Fatal(err)
		}
		for _, n := range outputs {
			want = append(want, slices.Clone(floats(n.Value())))
		}
		for range 2 {
			if err := planned.RunAll(); err != nil {
				t.Fatal(err)
			}
			for i, n := range outputs {
				if !slices.Equal(floats(n.Value()), want[i]) {
					t.Fatalf("seed %d, output %d: %v, want %v", seed, i, floats(n.Value())[:3], want[i][:3])
				}
			}
		}
	}
}

// The values of a deep network need a fraction of their sum, besides the gradients, which are outputs.
func TestMemoryPlan(t *testing.T) {
	p := build(t, graph.Config{
		Model:  mlp.Model{Input: 32, Hidden: slices.Repeat([]int{32}, 40), Output: 10, Activation: graph.Tanh},
		Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{256, 32}, Loss: graph.CrossEntropy{},
	})
	memory, err := p.Machine().Memory()
	if err != nil {
		t.Fatal(err)
	}
	const gradients = 4 * (40*(32*32+32) + 32*10 + 10)
	const activations = 4 * 40 * 256 * 32 // which the backward pass needs
	if limit := gradients + activations*11/10; memory.Peak > limit {
		t.Errorf("the plan needs %d bytes, more than %d for gradients and activations", memory.Peak, limit)
	}
	// The sum has linear maps, activations and two gradients for each.
	if memory.Sum < gradients+3*activations {
		t.Errorf("the sum is %d bytes, fewer than %d", memory.Sum, gradients+3*activations)
	}
}

// What depends on constants only is computed once; what has a name of its own but computes the same, too.
func TestConstantsAndRepetitionsAreNotComputedInARun(t *testing.T) {
	g := gorgonia.NewGraph()
	c := gorgonia.NewConstant(randn(t, tensor.Float64, 1, 3, 3), gorgonia.WithName("c"))
	x := gorgonia.NewMatrix(g, gorgonia.Float64, gorgonia.WithShape(3, 3), gorgonia.WithName("x"),
		gorgonia.WithValue(randn(t, tensor.Float64, 2, 3, 3)))
	folded := gorgonia.Must(op.Mul(g.AddNode(c), g.AddNode(c)))
	a := gorgonia.Must(op.Add(x, folded))
	m := machine.New(g, a)
	if err := m.StartTiming(); err != nil {
		t.Fatal(err)
	}
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	profile := m.Timing()
	if len(profile.Steps) != 1 || profile.Steps[0].Op != "add" {
		t.Errorf("computed in a run: %+v, want the sum only", profile.Steps)
	}
	for i, v := range floats(a.Value()) {
		if k := floats(c.Value())[i]; v != floats(x.Value())[i]+float64(k*k) { // which is rounded before it is added
			t.Fatalf("element %d is %g", i, v)
		}
	}
}

// The numbers of a training step are the same, bit by bit, however many cores there are.
func TestStepDoesNotDependOnTheCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for name, model := range map[string]graph.Model{
		"perceptron": mlp.Model{Input: 100, Hidden: []int{96, 96, 96}, Output: 10, Activation: graph.Tanh},
		"normalised": mlp.Model{Input: 100, Hidden: []int{96, 96, 96}, Output: 10, Activation: graph.ReLU, Norm: graph.BN},
		"residual":   resnet.Model{Input: 100, Blocks: 3, Width: 96, Output: 10, Activation: graph.ReLU},
	} {
		var want []float32
		for _, cores := range []int{1, 2, 4} {
			runtime.GOMAXPROCS(cores)
			p := build(t, graph.Config{
				Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{64, 100}, Loss: graph.CrossEntropy{},
			})
			run(t, p, randn(t, tensor.Float32, 2, 64, 100), classes(t, 64, 10, 3))
			var got []float32
			for _, w := range p.Weights {
				if w.Grad != nil {
					got = append(got, w.Grad.Value().Data().([]float32)...)
				}
			}
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: other gradients with GOMAXPROCS %d than with 1", name, cores)
			}
		}
	}
}

// A training step allocates nothing once it has run.
func TestStepAllocatesNothing(t *testing.T) {
	for name, model := range map[string]graph.Model{
		"perceptron": mlp.Model{Input: 20, Hidden: []int{16, 16}, Output: 5, Activation: graph.Tanh},
		"normalised": mlp.Model{Input: 20, Hidden: []int{16, 16}, Output: 5, Norm: graph.BN},
		"layer norm": mlp.Model{Input: 20, Hidden: []int{16, 16}, Output: 5, Norm: graph.LN},
		"residual":   resnet.Model{Input: 20, Blocks: 3, Width: 16, Output: 5, Norm: graph.BN},
		"projected":  resnet.Model{Input: 20, Widths: []int{16, 12, 8}, Output: 5},
		// Large enough for all kernels to be split over the cores.
		"wide":            mlp.Model{Input: 20, Hidden: []int{256, 256}, Output: 5, Activation: graph.Tanh},
		"wide normalised": mlp.Model{Input: 20, Hidden: []int{256, 256}, Output: 5, Norm: graph.BN},
		"wide residual":   resnet.Model{Input: 20, Blocks: 2, Width: 256, Output: 5, Norm: graph.BN},
	} {
		p := build(t, graph.Config{
			Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{64, 20}, Loss: graph.CrossEntropy{},
		})
		batches := [][2]*tensor.Dense{
			{randn(t, tensor.Float32, 2, 64, 20), classes(t, 64, 5, 3)}, {randn(t, tensor.Float32, 4, 64, 20), classes(t, 64, 5, 5)},
		}
		i, sum := 0, 0.0
		step := func() {
			run(t, p, batches[i%2][0], batches[i%2][1])
			i, sum = i+1, sum+p.LossValue()
		}
		step()
		if n := testing.AllocsPerRun(8, step); n != 0 {
			t.Errorf("%s: %g allocations in a step", name, n)
		}
	}
}
