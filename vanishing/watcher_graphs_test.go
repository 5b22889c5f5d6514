package vanishing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// A sketch is a small graph under construction.
type sketch struct {
	t          *testing.T
	g          *gorgonia.ExprGraph
	rng        *rand.Rand
	learnables []*gorgonia.Node
}

func newSketch(t *testing.T) *sketch {
	return &sketch{t: t, g: gorgonia.NewGraph(), rng: rand.New(rand.NewPCG(4, 1))}
}

// input adds an input of normally distributed numbers.
func (s *sketch) input(name string, shape ...int) *gorgonia.Node {
	s.t.Helper()
	v, err := tensors.Randn(tensor.Float64, s.rng, shape...)
	if err != nil {
		s.t.Fatal(err)
	}
	return gorgonia.NewTensor(s.g, gorgonia.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

func (s *sketch) weight(name string, shape ...int) *gorgonia.Node {
	s.t.Helper()
	w := s.input(name, shape...)
	s.learnables = append(s.learnables, w)
	return w
}

// watch completes the sketch with a sum of squares and returns the profile of one run.
func (s *sketch) watch(y *gorgonia.Node) Profile {
	s.t.Helper()
	loss := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(y))))
	if _, err := gorgonia.Grad(loss, s.learnables...); err != nil {
		s.t.Fatal(err)
	}
	watcher, err := (&Recorder{Paths: Every(1)}).Watch(loss, s.learnables...)
	if err != nil {
		s.t.Fatal(err)
	}
	defer watcher.Close()
	if err := watcher.Machine().RunAll(); err != nil {
		s.t.Fatal(err)
	}
	p := watcher.Profile()
	if err := p.Validate(); err != nil {
		s.t.Error(err)
	}
	return p
}

// A unit is dead if all its entries are, whatever their memory layout. Here a bias of -1000 kills one unit of four.
func TestDeadUnitsAlongAnyAxis(t *testing.T) {
	for name, first := range map[string]func(s *sketch) (z *gorgonia.Node, biasShape []int, axes []byte){
		"rows": func(s *sketch) (*gorgonia.Node, []int, []byte) {
			return gorgonia.Must(gorgonia.Mul(s.input("x", 6, 5), s.weight("w", 5, 4))), []int{4}, []byte{0}
		},
		"columns": func(s *sketch) (*gorgonia.Node, []int, []byte) {
			return gorgonia.Must(gorgonia.Mul(s.weight("w", 4, 5), s.input("x", 5, 6))), []int{4}, []byte{1}
		},
		"channels": func(s *sketch) (*gorgonia.Node, []int, []byte) {
			x, w, two := s.input("x", 2, 3, 5, 5), s.weight("w", 4, 3, 3, 3), []int{1, 1}
			return gorgonia.Must(gorgonia.Conv2d(x, w, tensor.Shape{3, 3}, two, two, two)), []int{1, 4, 1, 1}, []byte{0, 2, 3}
		},
	} {
		s := newSketch(t)
		z, biasShape, axes := first(s)
		bias := s.weight("bias", biasShape...)
		values := bias.Value().(*tensor.Dense).Float64s()
		for i := range values {
			values[i] = 10 * float64(i%2) // not so large that no entry is saturated
		}
		values[2] = -1000
		h := gorgonia.Must(gorgonia.Rectify(gorgonia.Must(gorgonia.BroadcastAdd(z, bias, nil, axes))))
		p := s.watch(h)
		l := p.Records[0].Details.Layers[0]
		if p.Layers[0].Units != 4 || l.Dead != 0.25 || l.Saturated < 0.25 || l.Saturated > 0.9 {
			t.Errorf("%s: %d units, dead %g, saturated %g, want 4, 0.25 and more than that", name, p.Layers[0].Units, l.Dead, l.Saturated)
		}
	}
}

// In a hand-written graph, the recorded sizes a and b of the two parts of the gradient of a block's input and their cosine c match
// the size of the sum, sqrt(a² + b² + 2abc). The gains of a block sum to the ratio of the deltas.
func TestBlocksOfAForeignGraph(t *testing.T) {
	s := newSketch(t)
	must := gorgonia.Must
	h := must(gorgonia.Tanh(must(gorgonia.Mul(s.input("x", 6, 5), s.weight("stem", 5, 4)))))
	for i := range 3 {
		a := must(gorgonia.Tanh(must(gorgonia.Mul(h, s.weight(fmt.Sprint("a", i), 4, 4)))))
		h = must(gorgonia.Rectify(must(gorgonia.Add(h, must(gorgonia.Mul(a, s.weight(fmt.Sprint("b", i), 4, 4)))))))
	}
	p := s.watch(must(gorgonia.Mul(h, s.weight("out", 4, 2))))
	if len(p.Blocks) != 3 || len(p.Records[0].Details.Blocks) != 3 {
		t.Fatalf("got %d blocks, want 3", len(p.Blocks))
	}
	for i, b := range p.Records[0].Details.Blocks {
		within(t, p.Blocks[i].Path, b.TotalRMS, math.Sqrt(float64(b.SkipRMS*b.SkipRMS+b.BranchRMS*b.BranchRMS+2*b.SkipRMS*b.BranchRMS*b.Cosine)), 1e-12)
		if !(b.SkipRMS > 0) || !(b.BranchRMS > 0) {
			t.Errorf("%s: got %+v, want a skip and a branch above 0", p.Blocks[i].Path, b)
		}
	}
	if len(p.Paths) != 1 || len(p.Paths[0].Shares) != 4 || p.Paths[0].Error > 1e-12 {
		t.Errorf("path spectrum %+v, want one of 0 to 3 branches", p.Paths)
	}
	layers := p.Records[0].Layers
	for i := range len(layers) - 1 {
		gains := p.Records[0].Details.Layers[i].Gains
		within(t, p.Layers[i].Path, gains.Total(), stat.Log10(float64(layers[i].DeltaRMS/layers[i+1].DeltaRMS)), 1e-9)
		if gains.Other != 0 {
			t.Errorf("%s: unexpected gains: %+v", p.Layers[i].Path, gains)
		}
	}
}

// The gradient of an unrolled recurrent network vanishes over time, and its shared weight is one parameter.
func TestRecurrentNetworkVanishes(t *testing.T) {
	s := newSketch(t)
	must := gorgonia.Must
	wx, wh := s.weight("wx", 3, 20), s.weight("wh", 20, 20)
	for i, v := range wh.Value().(*tensor.Dense).Float64s() {
		wh.Value().(*tensor.Dense).Float64s()[i] = 0.5 * v / math.Sqrt(20)
	}
	h := s.input("h0", 4, 20)
	for i := range 30 {
		h = must(gorgonia.Tanh(must(gorgonia.Add(must(gorgonia.Mul(s.input(fmt.Sprint("x", i), 4, 3), wx)), must(gorgonia.Mul(h, wh))))))
	}
	p := s.watch(must(gorgonia.Mul(h, s.weight("out", 20, 2))))
	if len(p.Layers) != 31 || len(p.Params) != 3 || p.Params[1].Layer != "wh" {
		t.Errorf("got %d layers and %d parameters, want 31 and 3", len(p.Layers), len(p.Params))
	}
	if d := Diagnose(p); d.Verdict != Vanishing {
		t.Errorf("got %v, want vanishing: %s", d.Verdict, d.Evidence)
	}
}
