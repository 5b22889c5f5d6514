package machine_test

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/kernel"
)

// filled is a square matrix of one number.
func filled(size int, v float32) *tensor.Dense {
	x := make([]float32, size*size)
	for i := range x {
		x[i] = v
	}
	return tensor.New(tensor.WithShape(size, size), tensor.WithBacking(x))
}

// Images in blocks of channels: the node of a convolution has an answer, tapped or not, though other steps convert its values.
func TestFlushedImages(t *testing.T) {
	if !strings.HasPrefix(kernel.Kernels(), "Go assembly") {
		t.Skipf("SKIPPED: %s flush nothing that they tell", kernel.Kernels())
	}
	g := gorgonia.NewGraph()
	images := func(name string, v float32, shape ...int) *gorgonia.Node {
		return gorgonia.NewTensor(g, gorgonia.Float32, 4, gorgonia.WithShape(shape...), gorgonia.WithName(name),
			gorgonia.WithInit(func(_ tensor.Dtype, s ...int) any { return slices.Repeat([]float32{v}, tensor.Shape(s).TotalSize()) }))
	}
	x, tiny, one := images("x", 1e-25, 2, 16, 8, 8), images("tiny", 1e-25, 16, 16, 3, 3), images("one", 1, 16, 16, 3, 3)
	conv := func(x, w *gorgonia.Node) *gorgonia.Node {
		return gorgonia.Must(op.Conv2D(x, w, nil, op.Window{Padding: [2]int{1, 1}}, 1))
	}
	lost, kept := conv(x, tiny), conv(x, one)
	m := machine.New(g, lost, kept)
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	if !m.Flushed(lost) || m.Flushed(kept) {
		t.Errorf("flushed: got %v and %v, want true and false", m.Flushed(lost), m.Flushed(kept))
	}
}

// Each node has an answer of its own, in each run: also where a heavy step for each core makes one stage of both, where a
// product and an activation are joined, and where another machine runs in between.
func TestFlushedIsOfOneNodeAndRun(t *testing.T) {
	if !strings.HasPrefix(kernel.Kernels(), "Go assembly") || !strings.HasPrefix(kernel.Products().Name, "Go assembly") {
		t.Skipf("SKIPPED: %s and %s flush nothing that they tell", kernel.Kernels(), kernel.Products().Name)
	}
	const size = 128
	g := gorgonia.NewGraph()
	matrix := func(name string, v float32) *gorgonia.Node {
		return gorgonia.NewMatrix(g, gorgonia.Float32, gorgonia.WithShape(size, size), gorgonia.WithName(name), gorgonia.WithValue(filled(size, v)))
	}
	product := func(a, b *gorgonia.Node) *gorgonia.Node { return gorgonia.Must(op.MatMul(a, b, false, false)) }
	x, tiny, one := matrix("x", 1e-25), matrix("tiny", 1e-25), matrix("one", 1)
	lost, kept := product(x, tiny), product(x, one)
	joined := gorgonia.Must(op.Activate(op.ReLU, 0, product(tiny, x)))
	m := machine.New(g, lost, kept, joined)
	var other *machine.Machine
	defer m.Tap(lost, func(gorgonia.Value) {
		if err := other.RunAll(); err != nil {
			t.Error(err)
		}
	})()
	other = machine.New(g, joined)
	for _, c := range []struct {
		x    float32
		want bool
	}{{1e-25, true}, {1, false}, {1e-25, true}} {
		if err := gorgonia.Let(x, filled(size, c.x)); err != nil {
			t.Fatal(err)
		}
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		if m.Flushed(lost) != c.want || m.Flushed(kept) || m.Flushed(joined) != c.want {
			t.Errorf("x = %g: flushed are %v, %v and %v, want %v, false and %v", c.x, m.Flushed(lost), m.Flushed(kept), m.Flushed(joined), c.want, c.want)
		}
		if m.Flushed(x) || other.Flushed(lost) {
			t.Errorf("x = %g: an input, or a node that was not computed, counts as flushed", c.x)
		}
	}
}
