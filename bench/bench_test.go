package bench

import (
	"fmt"
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// small are small networks of the measured kinds.
var small = []Workload{
	{Name: "plain", Widths: []int{16, 16}, Act: "relu", Model: mlp.Model{Input: 784, Hidden: []int{16, 16}, Output: 10, Activation: graph.ReLU}},
	{Name: "tanh", Widths: []int{16, 16, 16}, Act: "tanh", Model: mlp.Model{Input: 784, Hidden: []int{16, 16, 16}, Output: 10, Activation: graph.Tanh}},
	{Name: "residual", Widths: []int{16, 16, 16, 16, 16}, Act: "relu", Blocks: 2, Scale: 0.2,
		Model: resnet.Model{Input: 784, Blocks: 2, Width: 16, Output: 10, Activation: graph.ReLU, BranchScale: 0.2}},
}

// Our network and stock Gorgonia's do the same work: the losses agree step by step. Sums of up to 784 float32 products are
// rounded in a different order, and twenty small steps propagate the differences.
func TestOursAndStockAgree(t *testing.T) {
	for _, w := range small {
		for _, optimizer := range []string{"sgd", "adam"} {
			ours, err := NewOurs(w, 8, optimizer, nil)
			if err != nil {
				t.Fatal(err)
			}
			stock, err := NewStock(w, 8, optimizer)
			if err != nil {
				t.Fatal(err)
			}
			for step := range 20 {
				got, err := ours.Step()
				if err != nil {
					t.Fatal(err)
				}
				want, err := stock.Step()
				if err != nil {
					t.Fatal(err)
				}
				if !(math.Abs(got-want) <= 1e-4*want) {
					t.Fatalf("%s, %s, step %d: loss: got %g, want %g as stock Gorgonia", w.Name, optimizer, step, got, want)
				}
			}
		}
	}
}

func TestFLOPs(t *testing.T) {
	w, err := Find("a")
	if err != nil {
		t.Fatal(err)
	}
	// Per image: 784·256 + 256·256 + 256·10 each for the forward pass and the gradient with respect to weights, and the last two
	// terms for the gradient with respect to inputs.
	want := 64 * 2. * (2*(784*256+256*256+256*10) + 256*256 + 256*10)
	if got := w.FLOPs(64); got != want {
		t.Errorf("operations: got %g, want %g", got, want)
	}
}

func BenchmarkStep(b *testing.B) {
	for _, w := range Workloads {
		for _, batch := range []int{64, 256} {
			b.Run(fmt.Sprintf("%s/%d/ours", w.Name, batch), func(b *testing.B) {
				s, err := NewOurs(w, batch, "sgd", nil)
				benchmark(b, s, err)
			})
			b.Run(fmt.Sprintf("%s/%d/stock", w.Name, batch), func(b *testing.B) {
				s, err := NewStock(w, batch, "sgd")
				benchmark(b, s, err)
			})
		}
	}
}

func benchmark(b *testing.B, s Stepper, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Step(); err != nil {
			b.Fatal(err)
		}
	}
}

// The time of a step grows linearly with depth.
func BenchmarkDepth(b *testing.B) {
	for _, layers := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(layers), func(b *testing.B) {
			s, err := NewOurs(Deep(layers, graph.Tanh, nil), 64, "sgd", nil)
			benchmark(b, s, err)
		})
	}
}

// A gradient below float32's range takes no extra time, unless subnormal numbers are kept.
func BenchmarkVanishing(b *testing.B) {
	for name, c := range map[string]struct {
		init initializer.Initializer
		keep bool
	}{"within": {initializer.Normal{Std: 0.35}, false}, "beyond": {nil, false}, "beyond, kept": {nil, true}} {
		b.Run(name, func(b *testing.B) {
			machine.KeepSubnormals(c.keep)
			defer machine.KeepSubnormals(false)
			s, err := NewOurs(Deep(100, graph.Sigmoid, c.init), 64, "sgd", nil)
			benchmark(b, s, err)
		})
	}
}
