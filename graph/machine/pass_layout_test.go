package machine_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/models/resnet"
)

// imageCase is a network on images of a shape.
type imageCase struct {
	name  string
	model resnet.Image
	input tensor.Shape
}

func imageCases(t *testing.T) []imageCase {
	t.Helper()
	cifar, err := resnet.CIFAR(20, 10)
	if err != nil {
		t.Fatal(err)
	}
	optionB, preActivation, normFree, tanh, stochastic := cifar, cifar, cifar, cifar, cifar
	optionB.Shortcut = resnet.OptionB
	preActivation.PreActivation = true
	normFree.NormFree, normFree.PreActivation, normFree.Shortcut = true, true, resnet.OptionB
	tanh.Activation, stochastic.StochasticDepth = graph.Tanh, 0.5
	return []imageCase{
		{"option A", cifar, tensor.Shape{4, 3, 16, 16}},
		{"odd sizes", cifar, tensor.Shape{3, 1, 13, 9}},
		{"option B", optionB, tensor.Shape{4, 3, 16, 16}},
		{"pre-activation", preActivation, tensor.Shape{4, 3, 16, 16}},
		{"without normalisation", normFree, tensor.Shape{4, 3, 16, 16}},
		{"tanh", tanh, tensor.Shape{4, 3, 16, 16}},
		{"stochastic depth", stochastic, tensor.Shape{4, 3, 16, 16}},
		{"narrow", resnet.Image{Classes: 10, Blocks: []int{1, 1}, Width: 5, Stem: cifar.Stem}, tensor.Shape{3, 6, 9, 9}},
		{"bottleneck", resnet.Image{Classes: 10, Blocks: []int{1, 2, 1}, Width: 8, Bottleneck: true, Stem: resnet.LargeStem}, tensor.Shape{2, 3, 64, 64}},
	}
}

func (c imageCase) build(t *testing.T, config graph.Config) *graph.Program {
	t.Helper()
	config.Model, config.Input, config.Loss = c.model, c.input, graph.CrossEntropy{}
	config.Params = graph.NewParams(tensor.Float32, 1)
	return build(t, config)
}

func (c imageCase) run(t *testing.T, p *graph.Program) {
	t.Helper()
	run(t, p, randn(t, tensor.Float32, 2, c.input...), classes(t, c.input[0], 10, 3))
}

// Images in blocks: outputs, loss, gradients and running statistics are those of a machine that keeps every value in the layout at the
// interface.
func TestLayoutDoesNotChangeTheResults(t *testing.T) {
	for _, c := range imageCases(t) {
		for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
			p, plain := c.build(t, graph.Config{Mode: mode}), c.build(t, graph.Config{Mode: mode, KeepAll: true})
			for range 2 {
				c.run(t, p)
				c.run(t, plain)
			}
			compare(t, c.name, p, plain)
		}
	}
}

// compare compares all that two programs of one model have computed.
func compare(t *testing.T, name string, p, plain *graph.Program) {
	t.Helper()
	want := plain.Computed()
	for i, n := range p.Computed() {
		if d := distance(n.Value(), want[i].Value()); !(d < 5e-5) {
			t.Errorf("%s: node %d (%v) of shape %v differs by %g of its size", name, i, n, n.Shape(), d)
		}
	}
}

// distance is the size of the difference of two values, relative to the second one.
func distance(v, want gorgonia.Value) float64 {
	var difference, size float64
	w := floats(want)
	for i, x := range floats(v) {
		difference += (x - w[i]) * (x - w[i])
		size += w[i] * w[i]
	}
	return math.Sqrt(difference / max(size, 1e-12))
}

// small are networks on which the tests below try many machines.
func smallImageCases(t *testing.T) []imageCase {
	t.Helper()
	return []imageCase{
		{"option A", resnet.Image{Classes: 10, Blocks: []int{1, 1}, Width: 16, Shortcut: resnet.OptionA}, tensor.Shape{3, 1, 8, 8}},
		{"pre-activation", resnet.Image{Classes: 10, Blocks: []int{2, 1}, Width: 5, PreActivation: true}, tensor.Shape{3, 6, 9, 7}},
		{"bottleneck", resnet.Image{Classes: 10, Blocks: []int{1, 1}, Width: 4, Bottleneck: true, Stem: resnet.LargeStem}, tensor.Shape{2, 3, 33, 33}},
		{"without normalisation", resnet.Image{Classes: 10, Blocks: []int{1, 1}, Width: 20, NormFree: true, PreActivation: true}, tensor.Shape{3, 3, 8, 8}},
	}
}

// Whatever a machine computes, is asked to show or is given, the values are those of a machine that keeps every value in the layout at
// the interface.
func TestLayoutForAnyOutputsAndTaps(t *testing.T) {
	for _, c := range smallImageCases(t) {
		for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
			plain := c.build(t, graph.Config{Mode: mode, KeepAll: true})
			c.run(t, plain)
			if err := plain.Machine().RunAll(); err != nil { // with the running statistics that the run has left
				t.Fatal(err)
			}
			nodes := plain.Machine().Nodes()
			want := make(map[*gorgonia.Node]gorgonia.Value)
			for _, n := range nodes {
				v, err := gorgonia.CloneValue(n.Value())
				if err != nil {
					t.Fatal(err)
				}
				want[n] = v
			}
			for seed := range uint64(12) {
				checkAnyOutputs(t, c.name, plain.Graph, nodes, want, rand.New(rand.NewPCG(seed, 1)))
			}
		}
	}
}

// checkAnyOutputs makes a machine with outputs, taps and fed nodes picked at random, and compares the values.
func checkAnyOutputs(t *testing.T, name string, g *gorgonia.ExprGraph, nodes []*gorgonia.Node, want map[*gorgonia.Node]gorgonia.Value, rng *rand.Rand) {
	t.Helper()
	pick := func(share float64) (list gorgonia.Nodes) {
		for _, n := range nodes {
			if rng.Float64() < share {
				list = append(list, n)
			}
		}
		return list
	}
	shares := []float64{0.05, 0.3, 1}
	outputs := append(pick(shares[rng.IntN(3)]), nodes[len(nodes)-1])
	m := machine.New(g, outputs...)
	check := func(what string, n *gorgonia.Node, v gorgonia.Value) {
		if d := distance(v, want[n]); !(d < 5e-5) {
			t.Errorf("%s: %s node %d (%v) of shape %v differs by %g of its size", name, what, n.ID(), n, n.Shape(), d)
		}
	}
	for _, n := range pick(shares[rng.IntN(3)]) {
		m.Tap(n, func(v gorgonia.Value) { check("tapped", n, v) })
	}
	for _, n := range pick(0.03) {
		v := want[n]
		m.Feed(n, &v)
	}
	for range 2 {
		if err := m.RunAll(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, n := range outputs {
			check("output", n, n.Value())
		}
	}
}

// The bits of a training step do not depend on the number of cores, and it allocates nothing once it has run.
func TestStepInBlocks(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, c := range append(smallImageCases(t), imageCases(t)[0]) {
		var want [][]float64
		for _, cores := range []int{1, 2, 4} {
			runtime.GOMAXPROCS(cores)
			p := c.build(t, graph.Config{})
			x, y := randn(t, tensor.Float32, 2, c.input...), classes(t, c.input[0], 10, 3)
			run(t, p, x, y)
			var got [][]float64
			for _, n := range p.Computed() {
				got = append(got, slices.Clone(floats(n.Value())))
			}
			if want == nil {
				want = got
			}
			for i := range got {
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("%s: other values of output %d with GOMAXPROCS %d than with 1", c.name, i, cores)
				}
			}
			if n := testing.AllocsPerRun(8, func() { run(t, p, x, y) }); n != 0 {
				t.Errorf("%s: %g allocations in a step with GOMAXPROCS %d", c.name, n, cores)
			}
		}
	}
}

// Of a training step remain the passes of convolutions, a sum with each normalised branch, and the gradients of normalisations:
// everything else is joined with them.
func TestImagesStayInBlocks(t *testing.T) {
	p := imageCases(t)[0].build(t, graph.Config{})
	if err := p.Machine().StartTiming(); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int)
	for _, s := range p.Machine().Timing().Steps {
		if strings.HasSuffix(s.Op, " in blocks") || strings.HasSuffix(s.Op, "_images") {
			got[s.Op[:strings.IndexAny(s.Op, "([ ")]]++
		}
	}
	want := map[string]int{
		"conv2d": 19, "conv_transposed2d": 18, "conv_weight_backward": 19, "normalize": 10, "normalize_backward": 19, "pad_channels": 2, "pad_channels_backward": 2,
		"global_avg_pool": 2, "relu_backward": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("steps of images: got %v, want %v", got, want)
	}
}

// In evaluation weights are packed when they change, also in place.
func TestWeightsThatChangeInPlace(t *testing.T) {
	c := smallImageCases(t)[0]
	p, plain := c.build(t, graph.Config{Mode: graph.Eval}), c.build(t, graph.Config{Mode: graph.Eval, KeepAll: true})
	rng := rand.New(rand.NewPCG(1, 1))
	for range 4 {
		for range 2 {
			c.run(t, p)
			c.run(t, plain)
			compare(t, "in evaluation", p, plain)
		}
		i := 5 * rng.IntN(4) // a weight of a convolution
		for _, params := range []*graph.Params{p.Params, plain.Params} {
			w := params.All()[i].Value.Float32s()
			w[len(w)/2] += 3
		}
	}
}

// A statistic that alone reads a convolution does not take its place.
func TestStatisticOfAConvolution(t *testing.T) {
	for _, c := range smallImageCases(t)[:3] {
		p := c.build(t, graph.Config{KeepAll: true})
		c.run(t, p)
		for _, n := range p.Machine().Nodes() {
			if op.SpecOf(n).Kind != op.KindMean {
				continue
			}
			want, err := gorgonia.CloneValue(n.Value())
			if err != nil {
				t.Fatal(err)
			}
			if err := machine.New(p.Graph, n).RunAll(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if d := distance(n.Value(), want); !(d < 5e-5) {
				t.Errorf("%s: node %d (%v) differs by %g of its size", c.name, n.ID(), n, d)
			}
		}
	}
}

// A machine that watches for NaN and infinities finds the layer, in the layout at the interface.
func TestWatchedImages(t *testing.T) {
	c := smallImageCases(t)[0]
	p, plain := c.build(t, graph.Config{}), c.build(t, graph.Config{KeepAll: true})
	p.Machine().WatchNonFinite(true)
	c.run(t, p)
	c.run(t, plain)
	compare(t, "watched", p, plain)
	p.Params.All()[0].Value.Float32s()[0] = float32(math.NaN())
	err := p.Run(randn(t, tensor.Float32, 2, c.input...), classes(t, c.input[0], 10, 3))
	wantError(t, err, "conv", "NaN")
}

// A tap on the gradient of a kernel gets the images that the convolution read and their gradients, in the layout of the program.
func TestTapsOfInputsInBlocks(t *testing.T) {
	for _, c := range smallImageCases(t) {
		var seen [2]map[string][]float64
		for i := range seen {
			p := c.build(t, graph.Config{KeepAll: i == 1}) // all values kept: no blocks
			seen[i] = make(map[string][]float64)
			for _, w := range p.Weights {
				if w.Grad == nil || len(w.Value.Shape()) != 4 {
					continue
				}
				p.Machine().NewTapGroup().TapInputs(w.Grad, func(_ gorgonia.Value, inputs []gorgonia.Value) {
					for k, v := range inputs {
						name := w.Name + []string{" x", " dz"}[k]
						if !v.Shape().Eq(op.Operands(w.Grad)[k].Shape()) {
							t.Errorf("%s: %s has shape %v, want %v", c.name, name, v.Shape(), op.Operands(w.Grad)[k].Shape())
						}
						seen[i][name] = floats(v)
					}
				})
			}
			c.run(t, p)
		}
		for name, want := range seen[1] {
			got := seen[0][name]
			for k, v := range want {
				if len(got) != len(want) || math.Abs(got[k]-v) > 1e-4*largestOf(want) {
					t.Errorf("%s: %s is another value", c.name, name)
					break
				}
			}
		}
		if len(seen[0]) != len(seen[1]) || len(seen[0]) < 4 {
			t.Errorf("%s: %d and %d values", c.name, len(seen[0]), len(seen[1]))
		}
	}
}

func largestOf(values []float64) float64 {
	largest := 0.0
	for _, v := range values {
		largest = max(largest, math.Abs(v))
	}
	return largest
}
