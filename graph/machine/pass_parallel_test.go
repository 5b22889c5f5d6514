package machine_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
)

// wide is a program whose products are heavy enough to share the cores in twos, with taps on the gradients of its
// pre-activations.
func wide(t *testing.T, tap func(p *graph.Program, delta *gorgonia.Node, f func(gorgonia.Value)), f func(layer int, v gorgonia.Value)) (*graph.Program, func()) {
	t.Helper()
	p := build(t, graph.Config{
		Model:  mlp.Model{Input: 4, Hidden: []int{128, 128, 128, 128}, Output: 3, Activation: graph.Tanh},
		Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{64, 4}, Loss: graph.CrossEntropy{},
	})
	for i, l := range p.Layers {
		tap(p, l.Pre.Deriv(), func(v gorgonia.Value) { f(i, v) })
	}
	x, y := randn(t, tensor.Float32, 1, 64, 4), classes(t, 64, 3, 1)
	return p, func() { run(t, p, x, y) }
}

func ordinary(p *graph.Program, n *gorgonia.Node, f func(gorgonia.Value)) { p.Machine().Tap(n, f) }
func parallel(p *graph.Program, n *gorgonia.Node, f func(gorgonia.Value)) {
	p.Machine().TapParallel(n, f)
}

// Parallel taps see what ordinary taps see, once in each run, the results are the same, and a run allocates nothing.
func TestTapParallel(t *testing.T) {
	var seen [2][][]float32
	var grads [2][]float32
	for i, tap := range []func(*graph.Program, *gorgonia.Node, func(gorgonia.Value)){ordinary, parallel} {
		seen[i] = make([][]float32, 5)
		p, step := wide(t, tap, func(layer int, v gorgonia.Value) {
			seen[i][layer] = append(seen[i][layer][:0], v.(*tensor.Dense).Float32s()...)
		})
		step()
		for _, w := range p.Weights {
			grads[i] = append(grads[i], w.Grad.Value().(*tensor.Dense).Float32s()...)
		}
		if n := testing.AllocsPerRun(10, step); n != 0 {
			t.Errorf("%g allocations in a run", n)
		}
	}
	for layer := range seen[0] {
		if len(seen[0][layer]) == 0 || !slices.Equal(seen[0][layer], seen[1][layer]) {
			t.Errorf("layer %d: %d values seen in parallel, %d otherwise, or other ones", layer, len(seen[1][layer]), len(seen[0][layer]))
		}
	}
	if !slices.Equal(grads[0], grads[1]) {
		t.Error("the gradients differ")
	}
}

// Where the cores share heavy products the taps are steps of their own, and each is called once. On one core they are called as
// any others.
func TestParallelTapsFillTheCores(t *testing.T) {
	for _, cores := range []int{1, 2} {
		if runtime.NumCPU() < cores {
			t.Logf("there are no %d cores", cores)
			continue
		}
		before := runtime.GOMAXPROCS(cores)
		calls := make([]int, 5)
		p, step := wide(t, parallel, func(layer int, _ gorgonia.Value) { calls[layer]++ })
		step()
		runtime.GOMAXPROCS(before)
		if !slices.Equal(calls, []int{1, 1, 1, 1, 1}) {
			t.Errorf("%d cores: the layers' taps were called %v times", cores, calls)
		}
		own := 0
		for _, s := range profiled(t, p, step).Steps {
			if s.Op == "tap" {
				own++
			}
		}
		if want := map[int]int{1: 0, 2: 3}[cores]; own != want { // after the products by the three square weights
			t.Errorf("%d cores: %d taps are steps of their own, want %d", cores, own, want)
		}
	}
}

func profiled(t *testing.T, p *graph.Program, step func()) *machine.Timing {
	t.Helper()
	if err := p.Machine().StartTiming(); err != nil {
		t.Fatal(err)
	}
	step()
	return p.Machine().Timing()
}

// A parallel tap that panics ends the run with an error that says where; taken off, it is not called any more.
func TestPanicInATapParallel(t *testing.T) {
	p, step := wide(t, parallel, func(int, gorgonia.Value) {})
	node := p.Layers[1].Pre.Deriv()
	remove := p.Machine().TapParallel(node, func(gorgonia.Value) { panic("spilt") })
	err := p.Run(randn(t, tensor.Float32, 1, 64, 4), classes(t, 64, 3, 1))
	wantError(t, err, fmt.Sprintf("node %d", node.ID()), "layer "+p.LayerOf(node), "panic in a tap: spilt")
	remove()
	step()
}
