package resnet_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/models/resnet"
)

// drawn builds a network for one image of 3 channels, without a loss. Its convolutions are zero, which saves drawing numbers.
func drawn(t *testing.T, m resnet.Image, side int) *graph.Program {
	t.Helper()
	m.Init = initializer.Constant{}
	p, err := graph.Build(graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{1, 3, side, side}, Mode: graph.Eval})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// must fails on an error of CIFAR or ImageNet.
func must(t *testing.T) func(resnet.Image, error) resnet.Image {
	return func(m resnet.Image, err error) resnet.Image {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
}

// The numbers of parameters are those of torchvision, and of the networks for CIFAR-10; with option B each has two projections more.
func TestParametersOfImageNetworks(t *testing.T) {
	optionB := must(t)(resnet.CIFAR(20, 10))
	optionB.Shortcut = resnet.OptionB
	for _, c := range []struct {
		name  string
		model resnet.Image
		side  int
		depth int
		want  int
	}{
		{"CIFAR-20", must(t)(resnet.CIFAR(20, 10)), 32, 20, 269722},
		{"CIFAR-20, option B", optionB, 32, 20, 269722 + 16*32 + 32*64 + 2*(32+64)},
		{"CIFAR-20, ReZero", started(t, "rezero20"), 32, 20, 269722 + 9},
		{"CIFAR-20, SkipInit", started(t, "skipinit20"), 32, 20, 269722 - 688 + 9}, // a bias in place of gain and shift
		{"CIFAR-20, Fixup", started(t, "fixup20"), 32, 20, 269722 - 2*688 + 5*9 + 2},
		{"ImageNet-50, Fixup", started(t, "fixup50"), 64, 50, 25557032 - 2*26560 + 7*16 + 2},
		{"CIFAR-32", must(t)(resnet.CIFAR(32, 10)), 32, 32, 464154},
		{"CIFAR-44", must(t)(resnet.CIFAR(44, 10)), 32, 44, 658586},
		{"CIFAR-56", must(t)(resnet.CIFAR(56, 10)), 32, 56, 853018},
		{"CIFAR-110", must(t)(resnet.CIFAR(110, 10)), 32, 110, 1727962},
		{"ImageNet-18", must(t)(resnet.ImageNet(18, 1000)), 64, 18, 11689512},
		{"ImageNet-34", must(t)(resnet.ImageNet(34, 1000)), 64, 34, 21797672},
		{"ImageNet-50", must(t)(resnet.ImageNet(50, 1000)), 64, 50, 25557032},
		{"ImageNet-101", must(t)(resnet.ImageNet(101, 1000)), 64, 101, 44549160},
		{"ImageNet-152", must(t)(resnet.ImageNet(152, 1000)), 64, 152, 60192808},
	} {
		if testing.Short() && c.want > 3e7 {
			continue
		}
		p := drawn(t, c.model, c.side)
		if got := p.Params.Size(); got != c.want {
			t.Errorf("%s: %d parameters, want %d", c.name, got, c.want)
		}
		if net := p.Structure(); c.model.Depth() != c.depth || net.Depth() != c.depth || len(net.Unreached()) > 0 {
			t.Errorf("%s: depth %d, found %d, want %d; unreached: %v", c.name, c.model.Depth(), net.Depth(), c.depth, net.Unreached())
		}
	}
}

// started is a network for CIFAR-10, or for ImageNet, by its name.
func started(t *testing.T, name string) resnet.Image {
	t.Helper()
	m, side, err := resnet.Named(name, 10)
	if side == 224 {
		m.Classes = 1000
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Names and shapes are those of torchvision's state_dict, but for the transposed weight of the last layer.
func TestTorchNames(t *testing.T) {
	names := make(map[string]tensor.Shape)
	for _, w := range drawn(t, must(t)(resnet.ImageNet(50, 7)), 32).Params.All() {
		names[resnet.TorchName(w.Name)] = w.Value.Shape()
	}
	for name, want := range map[string]tensor.Shape{
		"conv1.weight": {64, 3, 7, 7}, "bn1.weight": {64}, "bn1.bias": {64}, "bn1.running_mean": {64}, "bn1.running_var": {64},
		"layer1.0.conv1.weight": {64, 64, 1, 1}, "layer1.0.conv2.weight": {64, 64, 3, 3}, "layer1.0.conv3.weight": {256, 64, 1, 1},
		"layer1.0.bn3.running_var": {256}, "layer1.0.downsample.0.weight": {256, 64, 1, 1}, "layer1.0.downsample.1.weight": {256},
		"layer1.0.downsample.1.running_mean": {256}, "layer2.3.conv2.weight": {128, 128, 3, 3}, "layer3.0.downsample.1.bias": {1024},
		"layer3.5.bn1.weight": {256}, "layer4.2.conv3.weight": {2048, 512, 1, 1}, "fc.weight": {2048, 7}, "fc.bias": {7},
	} {
		if got, known := names[name]; !known || !got.Eq(want) {
			t.Errorf("%s has shape %v, want %v", name, got, want)
		}
	}
	// 53 convolutions, as many normalisations of four tensors each, and the last layer.
	if len(names) != 53+4*53+2 {
		t.Errorf("%d tensors, want %d", len(names), 53+4*53+2)
	}
	for name := range names {
		if strings.Contains(name, "/") || strings.Contains(name, "block") {
			t.Errorf("%q is no name of torchvision's", name)
		}
	}
}

// variants are small networks of all kinds.
func variants() map[string]resnet.Image {
	small := resnet.Image{Classes: 3, Blocks: []int{1, 2}, Width: 4}
	edit := func(f func(m *resnet.Image)) resnet.Image {
		m := small
		f(&m)
		return m
	}
	return map[string]resnet.Image{
		"basic":            small,
		"option A":         edit(func(m *resnet.Image) { m.Shortcut = resnet.OptionA }),
		"bottleneck":       edit(func(m *resnet.Image) { m.Bottleneck = true }),
		"large stem":       edit(func(m *resnet.Image) { m.Stem = resnet.LargeStem }),
		"pre-activation":   edit(func(m *resnet.Image) { m.PreActivation = true }),
		"pre-activation A": edit(func(m *resnet.Image) { m.PreActivation, m.Shortcut = true, resnet.OptionA }),
		"pre-bottleneck":   edit(func(m *resnet.Image) { m.PreActivation, m.Bottleneck, m.Stem = true, true, resnet.LargeStem }),
		"norm-free":        edit(func(m *resnet.Image) { m.PreActivation, m.NormFree = true, true }),
		"norm-free zero":   edit(func(m *resnet.Image) { m.PreActivation, m.NormFree, m.ZeroInit = true, true, true }),
		"zero-init":        edit(func(m *resnet.Image) { m.ZeroInit = true }),
		"pre-zero-init":    edit(func(m *resnet.Image) { m.ZeroInit, m.PreActivation = true, true }),
		"plain":            edit(func(m *resnet.Image) { m.NoSkip = true }),
		"widths":           edit(func(m *resnet.Image) { m.Width, m.Widths = 0, []int{6, 4} }),
		"stochastic":       edit(func(m *resnet.Image) { m.StochasticDepth = 0.5 }),
		"rezero":           edit(func(m *resnet.Image) { m.Start = resnet.ReZero }),
		"skipinit":         edit(func(m *resnet.Image) { m.Start = resnet.SkipInit }),
		"pre-skipinit":     edit(func(m *resnet.Image) { m.Start, m.PreActivation = resnet.SkipInit, true }),
		"fixup":            edit(func(m *resnet.Image) { m.Start = resnet.Fixup }),
		"fixup bottleneck": edit(func(m *resnet.Image) { m.Start, m.Bottleneck, m.Stem = resnet.Fixup, true, resnet.LargeStem }),
		"group norm": edit(func(m *resnet.Image) {
			m.Norm = func(gain initializer.Initializer) graph.Layer { return graph.GroupNorm{Groups: 2, GainInit: gain} }
		}),
	}
}

// Every variant is differentiated and takes a step, has the depth that it says, and a block for each that is configured.
func TestVariantsOfImageNetworks(t *testing.T) {
	for name, m := range variants() {
		t.Run(name, func(t *testing.T) {
			p, err := graph.Build(graph.Config{
				Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{2, 3, 16, 16}, Loss: graph.CrossEntropy{},
			})
			if err != nil {
				t.Fatal(err)
			}
			x, y := images(t, 2, 16, 3)
			run(t, p, x, y)
			if v := p.LossValue(); !(v > 0 && v < 10) {
				t.Errorf("the loss is %g", v)
			}
			if len(p.Blocks) != 3 || p.Structure().Depth() != m.Depth() || len(p.Structure().Unreached()) > 0 {
				t.Errorf("%d blocks and depth %d, want 3 and %d\n%v", len(p.Blocks), p.Structure().Depth(), m.Depth(), p.Structure())
			}
			for i, b := range p.Blocks {
				if want := fmt.Sprintf("layer%d/block%d", min(i+1, 2), max(1, i)); b.Path != want || (b.Skip == nil) != m.NoSkip {
					t.Errorf("block %d is %s with skip %v, want %s", i, b.Path, b.Skip, want)
				}
			}
		})
	}
}

// images draws normal images of three channels, and labels.
func images(t *testing.T, batch, side, classes int) (x, y *tensor.Dense) {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 0))
	x, err := tensors.Randn(tensor.Float32, rng, batch, 3, side, side)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int, batch)
	for i := range labels {
		labels[i] = rng.IntN(classes)
	}
	if y, err = tensors.Labels(labels); err != nil {
		t.Fatal(err)
	}
	return x, y
}

// The deepest networks of the paper build, are differentiated, and take a step.
func TestDeepImageNetworks(t *testing.T) {
	for _, depth := range []int{110, 1202} {
		if testing.Short() && depth > 1000 {
			continue
		}
		p, err := graph.Build(graph.Config{
			Model: must(t)(resnet.CIFAR(depth, 10)), Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{2, 3, 8, 8}, Loss: graph.CrossEntropy{},
		})
		if err != nil {
			t.Fatal(err)
		}
		x, y := images(t, 2, 8, 10)
		run(t, p, x, y)
		if v := p.LossValue(); !(v > 0 && v < 100) {
			t.Errorf("depth %d: the loss is %g", depth, v)
		}
		for _, w := range p.Weights {
			if w.Grad != nil && !slices.ContainsFunc(w.Grad.Value().Data().([]float32), func(v float32) bool { return v != 0 }) {
				t.Errorf("depth %d: the gradient of %s is 0", depth, w.Name)
			}
		}
	}
}

// A step of a network of images allocates nothing, once it has been taken.
func TestStepsOfImageNetworksAllocateNothing(t *testing.T) {
	if strings.HasPrefix(kernel.Kernels(), "plain Go") {
		t.Skip("products of matrices in plain Go allocate")
	}
	for name, m := range variants() {
		p, err := graph.Build(graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{2, 3, 16, 16}, Loss: graph.CrossEntropy{}})
		if err != nil {
			t.Fatal(err)
		}
		x, y := images(t, 2, 16, 3)
		if n := testing.AllocsPerRun(3, func() { run(t, p, x, y) }); n > 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}

// A branch that starts at zero makes each block its skip alone.
func TestZeroInitOfImageNetworks(t *testing.T) {
	for name, m := range map[string]resnet.Image{"post": {}, "pre": {PreActivation: true}, "norm-free": {PreActivation: true, NormFree: true}} {
		m.Classes, m.Blocks, m.Width, m.ZeroInit = 3, []int{2}, 4, true
		p, err := graph.Build(graph.Config{
			Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{2, 3, 8, 8}, Loss: graph.CrossEntropy{}, KeepAll: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		x, y := images(t, 2, 8, 3)
		run(t, p, x, y)
		for _, b := range p.Blocks {
			if !slices.Equal(b.Sum.Value().Data().([]float32), b.Input.Value().Data().([]float32)) {
				t.Errorf("%s: block %s changes its input", name, b.Path)
			}
		}
	}
}

// At the beginning the inputs of the blocks of a network without normalisation have the variance that the network divides by: 1 + 0.04
// for each block before in the stage. The variance of 64 channels, each of which has random weights, is right to some sqrt(2/64) = 18 %.
func TestVarianceWithoutNormalisation(t *testing.T) {
	m := resnet.Image{Classes: 3, Blocks: []int{8, 8}, Width: 64, PreActivation: true, NormFree: true}
	p, err := graph.Build(graph.Config{
		Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{4, 3, 16, 16}, Loss: graph.CrossEntropy{}, KeepAll: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	x, y := images(t, 4, 16, 3)
	run(t, p, x, y)
	for i, b := range p.Blocks {
		if i == 8 {
			continue // reads an activation
		}
		values := b.Input.Value().Data().([]float32)
		var squares float64
		for _, v := range values {
			squares += float64(v) * float64(v) / float64(len(values))
		}
		if want := 1 + 0.04*float64(i%8); math.Abs(squares/want-1) > 0.25 {
			t.Errorf("%s reads numbers of the mean square %.3f, want %.3f", b.Path, squares, want)
		}
	}
}

// The plain twin has the parameters of the network, with the same first values, but for the projections.
func TestPlainTwinOfImageNetworks(t *testing.T) {
	params := func(noSkip bool) map[string][]float32 {
		m := resnet.Image{Classes: 3, Blocks: []int{1, 1}, Width: 4, NoSkip: noSkip}
		p, err := graph.Build(graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{1, 3, 8, 8}, Mode: graph.Eval})
		if err != nil {
			t.Fatal(err)
		}
		values := make(map[string][]float32)
		for _, w := range p.Params.All() {
			if !strings.Contains(w.Name, "projection") {
				values[w.Name] = w.Value.Float32s()
			}
		}
		return values
	}
	if a, b := params(false), params(true); !maps.EqualFunc(a, b, slices.Equal[[]float32]) {
		t.Errorf("the network has %d parameters, its twin %d, or others", len(a), len(b))
	}
}

func TestImageErrors(t *testing.T) {
	good := resnet.Image{Classes: 3, Blocks: []int{1, 1}, Width: 4}
	for name, c := range map[string]struct {
		edit func(m *resnet.Image)
		want string
	}{
		"classes":          {func(m *resnet.Image) { m.Classes = 0 }, "Classes: got 0"},
		"no stages":        {func(m *resnet.Image) { m.Blocks = nil }, "Blocks: got none"},
		"an empty stage":   {func(m *resnet.Image) { m.Blocks = []int{1, 0} }, "stage 2: got 0 blocks of width 8"},
		"no width":         {func(m *resnet.Image) { m.Width = 0 }, "stage 1: got 1 blocks of width 0"},
		"both widths":      {func(m *resnet.Image) { m.Widths = []int{1, 2} }, "both Widths and Width"},
		"too few widths":   {func(m *resnet.Image) { m.Width, m.Widths = 0, []int{1} }, "Widths: got 1 of them for 2 stages"},
		"stem":             {func(m *resnet.Image) { m.Stem = 2 }, "Stem: got 2"},
		"shortcut":         {func(m *resnet.Image) { m.Shortcut = -1 }, "Shortcut: got -1"},
		"norm-free":        {func(m *resnet.Image) { m.NormFree = true }, "NormFree: got another configuration, want PreActivation"},
		"stochastic depth": {func(m *resnet.Image) { m.StochasticDepth = 1 }, "StochasticDepth: got 1"},
		"start":            {func(m *resnet.Image) { m.Start = 4 }, "Start: got 4"},
		"zero twice":       {func(m *resnet.Image) { m.Start, m.ZeroInit = resnet.ReZero, true }, "got rezero with ZeroInit"},
		"two norms":        {func(m *resnet.Image) { m.Start, m.Norm = resnet.SkipInit, graph.BN.Layer }, "got skipinit with Norm"},
		"fixup before":     {func(m *resnet.Image) { m.Start, m.PreActivation = resnet.Fixup, true }, "got fixup with PreActivation"},
		"norm-free start":  {func(m *resnet.Image) { m.Start, m.NormFree, m.PreActivation = resnet.SkipInit, true, true }, "got skipinit with NormFree"},
		"narrowing with A": {func(m *resnet.Image) { m.Shortcut, m.Width, m.Widths = resnet.OptionA, 0, []int{8, 4} }, "got 4 channels"},
	} {
		m := good
		c.edit(&m)
		_, err := graph.Build(graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{1, 3, 8, 8}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q", name, err, c.want)
		}
	}
	_, err := graph.Build(graph.Config{Model: good, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{4, 3}})
	if err == nil || !strings.Contains(err.Error(), "(4, 3), want (batch, channels, height, width)") {
		t.Errorf("rows: got error %v", err)
	}
	for _, depth := range []int{-4, 2, 19, 51} {
		if _, err := resnet.CIFAR(depth, 10); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("got %d, want 6n+2", depth)) {
			t.Errorf("depth %d: got error %v", depth, err)
		}
	}
	if _, err := resnet.ImageNet(20, 10); err == nil || !strings.Contains(err.Error(), "got 20, want 18, 34") {
		t.Errorf("got error %v", err)
	}
}

func TestNamed(t *testing.T) {
	for _, name := range resnet.Names() {
		m, side, err := resnet.Named(name, 10)
		if err != nil || m.Validate() != nil || name != fmt.Sprint("resnet", m.Depth()) || (side == 224) != (m.Stem == resnet.LargeStem) {
			t.Errorf("%s: got depth %d for images of %d, errors %v and %v", name, m.Depth(), side, err, m.Validate())
		}
	}
	if m, _, err := resnet.Named("plain20", 10); err != nil || !m.NoSkip || m.PreActivation {
		t.Errorf("plain20 is %+v, %v", m, err)
	}
	if m, _, err := resnet.Named("preresnet20", 10); err != nil || m.NoSkip || !m.PreActivation {
		t.Errorf("preresnet20 is %+v, %v", m, err)
	}
	for _, name := range []string{"", "20", "resnet", "resnet21", "vgg16", "resnet20b", "resnet99999999999999999999"} {
		if _, _, err := resnet.Named(name, 10); err == nil {
			t.Errorf("%q: no error", name)
		}
	}
}

func ExampleImageNet() {
	model, err := resnet.ImageNet(18, 1000)
	if err != nil {
		fmt.Println(err)
		return
	}
	model.ZeroInit = true
	params := graph.NewParams(tensor.Float32, 1)
	_, err = graph.Build(graph.Config{Model: model, Params: params, Input: tensor.Shape{1, 3, 224, 224}, Mode: graph.Eval})
	fmt.Println(params.Size(), err)
	// Output:
	// 11689512 <nil>
}
