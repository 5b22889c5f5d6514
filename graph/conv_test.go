package graph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/goldens"
)

// sideOf is an attribute of a golden case that is the same for height and width.
func sideOf(t *testing.T, c goldens.Case, name string) int {
	t.Helper()
	if c.Attrs[name+"_h"] != c.Attrs[name+"_w"] {
		t.Fatalf("%s: %s differs in height and width", c.Name, name)
	}
	return int(c.Attrs[name+"_w"])
}

// windowOf is the window of a golden case.
func windowOf(c goldens.Case) op.Window {
	pair := func(name string) [2]int { return [2]int{int(c.Attrs[name+"_h"]), int(c.Attrs[name+"_w"])} }
	w := op.Window{Stride: pair("stride"), Padding: pair("padding"), Dilation: pair("dilation")}
	if shape := c.F64.Inputs["w"].Shape; len(shape) == 4 {
		w.Size = [2]int(shape[2:])
	}
	return w
}

// Convolutions, pools and normalisations of images as layers: forward, gradients, running statistics.
func TestImageLayersOfPyTorch(t *testing.T) {
	seen := make(map[string]int)
	for _, c := range append(goldens.Load(t, "images"), goldens.Load(t, "grouped")...) {
		w, x, groups := c.F64.Inputs["w"], c.F64.Inputs["x"].Shape, int(c.Attrs["groups"])
		_, biased := c.F64.Inputs["b"]
		g := golden{params: make(map[string]string)}
		if biased {
			g.params["conv1/bias"] = "b"
		}
		switch c.Op {
		case "conv2d":
			g.model = graph.Conv2D{Channels: w.Shape[0], Window: windowOf(c), Groups: groups, NoBias: !biased}
			g.params["conv1/weight"] = "w"
		case "conv1d":
			k := windowOf(c)
			g.model = graph.Conv1D{Channels: w.Shape[0], Kernel: w.Shape[2], Stride: k.Stride[1], Padding: k.Padding[1], Dilation: k.Dilation[1],
				Groups: groups, NoBias: !biased}
			g.params["conv1/weight"] = "w"
		case "conv2d_standardized":
			g.model = graph.Conv2D{Channels: w.Shape[0], Kernel: w.Shape[2], Standardize: true}
			g.params["conv1/weight"], g.params["conv1/gain"] = "w", "gain"
		case "conv_transpose2d":
			if c.Attrs["stride_h"] != 1 {
				continue // the layer has one number for height and width
			}
			g.model = graph.ConvTranspose2D{Channels: w.Shape[1] * groups, Kernel: w.Shape[2], Groups: groups}
			g.params = map[string]string{"conv_transposed1/weight": "w", "conv_transposed1/bias": "b"}
		case "max_pool2d":
			if c.Attrs["size_h"] != c.Attrs["size_w"] {
				continue
			}
			g.model = graph.MaxPool2D{Kernel: sideOf(t, c, "size")}
		case "adaptive_avg_pool2d":
			g.model = graph.AdaptiveAvgPool2D{Height: int(c.Attrs["size_h"]), Width: int(c.Attrs["size_w"])}
		case "batchnorm_train":
			g.model = graph.BatchNorm{}
			g.nameNorm("batchnorm1/", "", graph.BN)
		case "batchnorm_eval":
			g.model, g.mode = graph.BatchNorm{}, graph.Eval
			g.nameNorm("batchnorm1/", "", graph.BN)
		case "groupnorm":
			g.model = graph.GroupNorm{Groups: groups}
			layer := "groupnorm1/"
			if groups == x[1] {
				g.model, layer = graph.InstanceNorm{Affine: true}, "instancenorm1/"
			}
			g.nameNorm(layer, "", graph.LN)
		default:
			continue
		}
		if g.mode == graph.Train && c.F64.Grads == nil {
			t.Fatalf("%s has no gradients", c.Name)
		}
		g.check(t, c)
		seen[c.Op]++
	}
	if len(seen) != 9 || seen["conv2d"] < 14 {
		t.Errorf("only %v have numbers", seen)
	}
}

// The running statistics are PyTorch's after ten batches, and the output too.
func TestRunningStatisticsAfterTenSteps(t *testing.T) {
	for _, c := range goldens.Load(t, "images") {
		if c.Op != "batchnorm_steps" {
			continue
		}
		for dt, n := range map[tensor.Dtype]goldens.Numbers{tensor.Float32: c.F32, tensor.Float64: c.F64} {
			x := n.Inputs["x"]
			size := len(x.Data) / x.Shape[0]
			p := build(t, graph.Config{Model: graph.BatchNorm{}, Params: graph.NewParams(dt, 1), Input: x.Shape[1:], Loss: weightedSum{}})
			for _, w := range p.Weights {
				set(t, w.Param, w.Name[len("batchnorm1/"):], n.Inputs)
			}
			for batch := range slices.Chunk(x.Data, size) {
				images, err := tensors.FromSlice(dt, batch, x.Shape[1:]...)
				if err != nil {
					t.Fatal(err)
				}
				run(t, p, images, images)
			}
			for name, want := range n.Extra {
				if e := goldens.RelErr(floats(p.Params.Get("batchnorm1/"+name).Value), want.Data); !(e <= 1e-5) {
					t.Errorf("%v: %s differs by %g", dt, name, e)
				}
			}
			if e := goldens.RelErr(floats(p.OutputValue()), n.Output.Data); !(e <= goldens.Tol32) {
				t.Errorf("%v: the output differs by %g", dt, e)
			}
		}
	}
}

// imageModels are small networks with each of the layers for images. Nothing has a gradient that is 0 but for rounding, as a bias
// before a normalisation has.
func imageModels() map[string]graph.Model {
	conv := graph.Conv2D{Channels: 4, Kernel: 3, Padding: 1}
	one := graph.Conv2D{Channels: 4, Kernel: 1, NoBias: true}
	end := graph.Sequential{graph.GlobalAvgPool{}, graph.Dense{Units: 3}}
	seq := func(layers ...graph.Layer) graph.Model { return append(graph.Sequential(layers), end...) }
	branch := graph.Sequential{graph.Conv2D{Channels: 6, Kernel: 3, Padding: 1, Stride: 2}, graph.Tanh, graph.Conv2D{Channels: 6, Kernel: 3, Padding: 1}}
	return map[string]graph.Model{
		"conv":             seq(conv, graph.Tanh),
		"strides":          seq(graph.Conv2D{Channels: 2, Kernel: 3, Stride: 2, Padding: 1, Dilation: 2, NoBias: true}, graph.Tanh),
		"groups":           seq(one, graph.Tanh, graph.Conv2D{Channels: 6, Kernel: 3, Groups: 2}),
		"depthwise":        seq(graph.Conv2D{Channels: 4, Window: op.Window{Size: [2]int{3, 2}}, Groups: 2}, graph.Tanh),
		"transposed":       seq(graph.ConvTranspose2D{Channels: 3, Kernel: 3, Stride: 2, Padding: 1, OutputPadding: 1}, graph.Tanh),
		"max pool":         seq(conv, graph.MaxPool2D{Kernel: 2}),
		"average pool":     seq(conv, graph.Tanh, graph.AvgPool2D{Kernel: 3, Stride: 2, Padding: 1, ExcludePadding: true}),
		"adaptive pool":    graph.Sequential{conv, graph.Tanh, graph.AdaptiveAvgPool2D{Height: 2, Width: 1}, graph.Flatten{}, graph.Dense{Units: 3}},
		"batch norm":       seq(one, graph.BatchNorm{}, graph.Tanh),
		"group norm":       seq(one, graph.GroupNorm{Groups: 2}, graph.Tanh),
		"instance norm":    seq(graph.Conv2D{Channels: 4, Kernel: 3, NoBias: true}, graph.InstanceNorm{}, graph.Tanh),
		"layer norm":       seq(conv, graph.LayerNorm{Channels: true}, graph.Tanh),
		"standardised":     seq(graph.Conv2D{Channels: 4, Kernel: 3, Standardize: true}, graph.ScaledReLU),
		"projection block": seq(graph.Residual{Branch: branch, Shortcut: graph.Sequential{graph.Conv2D{Channels: 6, Kernel: 1, Stride: 2, NoBias: true}, graph.BatchNorm{}}, Activation: graph.Tanh}),
		"padded block":     seq(conv, graph.Tanh, graph.Residual{Branch: branch, Shortcut: graph.PadChannels{Channels: 6, Stride: 2}, Activation: graph.Tanh}),
	}
}

func TestGradientOfImageModels(t *testing.T) {
	for name, model := range imageModels() {
		t.Run(name, func(t *testing.T) {
			p := build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 3), Input: tensor.Shape{2, 2, 5, 4}, Loss: graph.CrossEntropy{}})
			checkGradient(t, p, randn(t, tensor.Float64, 5, 2, 2, 5, 4), classes(t, 2, 3, 7))
		})
	}
	t.Run("sequences", func(t *testing.T) {
		model := graph.Sequential{graph.Conv1D{Channels: 4, Kernel: 3, Stride: 2, Padding: 1, Groups: 2, NoBias: true}, graph.BatchNorm{}, graph.Tanh, graph.GlobalAvgPool{}}
		p := build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 3), Input: tensor.Shape{2, 2, 7}, Loss: graph.CrossEntropy{}})
		checkGradient(t, p, randn(t, tensor.Float64, 5, 2, 2, 7), classes(t, 2, 4, 7))
	})
}

// Programs of float32 and float64 agree.
func TestImageModelsInFloat32(t *testing.T) {
	for name, model := range imageModels() {
		var outputs [2][]float64
		for i, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			p := build(t, graph.Config{Model: model, Params: graph.NewParams(dt, 3), Input: tensor.Shape{2, 2, 5, 4}, Loss: graph.CrossEntropy{}})
			run(t, p, randn(t, dt, 5, 2, 2, 5, 4), classes(t, 2, 3, 7))
			outputs[i] = floats(p.OutputValue())
		}
		// A few dozen roundings of 6e-8, which the normalisation of two samples may enlarge.
		if e := goldens.RelErr(outputs[0], outputs[1]); !(e <= 1e-5) {
			t.Errorf("%s: float32 differs by %g", name, e)
		}
	}
}

// The fan of a convolution is that of one output and of one input.
func TestFanOfConvolutions(t *testing.T) {
	for _, c := range []struct {
		layer graph.Layer
		input tensor.Shape
		name  string
		shape tensor.Shape
		fan   initializer.Fan
	}{
		{graph.Conv2D{Channels: 6, Kernel: 3}, tensor.Shape{1, 4, 5, 5}, "conv1/weight", tensor.Shape{6, 4, 3, 3}, initializer.Fan{In: 36, Out: 54}},
		{graph.Conv2D{Channels: 6, Kernel: 3, Groups: 2}, tensor.Shape{1, 4, 5, 5}, "conv1/weight", tensor.Shape{6, 2, 3, 3}, initializer.Fan{In: 18, Out: 27}},
		{graph.Conv1D{Channels: 6, Kernel: 3}, tensor.Shape{1, 4, 5}, "conv1/weight", tensor.Shape{6, 4, 3}, initializer.Fan{In: 12, Out: 18}},
		{graph.ConvTranspose2D{Channels: 6, Kernel: 3, Groups: 2}, tensor.Shape{1, 4, 5, 5}, "conv_transposed1/weight", tensor.Shape{4, 3, 3, 3},
			initializer.Fan{In: 18, Out: 27}},
	} {
		w := build(t, graph.Config{Model: c.layer, Params: graph.NewParams(tensor.Float64, 1), Input: c.input}).Params.Get(c.name)
		if w == nil || w.Fan != c.fan || !w.Value.Shape().Eq(c.shape) {
			t.Errorf("%v: the weight is %+v, want shape %v and fan %+v", c.layer, w, c.shape, c.fan)
		}
	}
}

// A standardised weight has mean 0 and the variance 1/n in each output, so the output has the variance of the input.
func TestStandardizedWeights(t *testing.T) {
	model := graph.Conv2D{Channels: 5, Kernel: 1, NoBias: true, Standardize: true, Init: initializer.Uniform{Low: 3, High: 4}}
	p := build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{8, 8, 1, 1}})
	eye := make([]float64, 64)
	for i := range 8 {
		eye[9*i] = 1
	}
	x, err := tensors.FromSlice(tensor.Float64, eye, 8, 8, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	run(t, p, x, nil)
	w := p.OutputValue().Float64s() // weight k of output o at k·5 + o
	for o := range 5 {
		var sum, squares float64
		for k := range 8 {
			sum += w[k*5+o]
			squares += w[k*5+o] * w[k*5+o]
		}
		// The variance of the weights is about 1/12, beside which 1e-6 is added.
		if math.Abs(sum) > 1e-14 || math.Abs(squares-1) > 1e-4 {
			t.Errorf("output %d: the weights have the sum %g and the sum of squares %g, want 0 and 1", o, sum, squares)
		}
	}
}

// ScaledReLU gives a normal input of variance 1 the variance 1. The variance of a sample of n numbers with the fourth moment m is right
// to sqrt(m/n).
func TestScaledReLU(t *testing.T) {
	p := build(t, graph.Config{Model: graph.ScaledReLU, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{100, 1000}})
	run(t, p, randn(t, tensor.Float64, 1, 100, 1000), nil)
	var sum, squares float64
	for _, v := range p.OutputValue().Float64s() {
		sum += v / 1e5
		squares += v * v / 1e5
	}
	if variance := squares - sum*sum; math.Abs(variance-1) > 5*math.Sqrt(10/1e5) {
		t.Errorf("the variance is %g, want 1", variance)
	}
}

func TestImageLayerErrors(t *testing.T) {
	images, rows := tensor.Shape{2, 4, 5, 5}, tensor.Shape{2, 4}
	residual := graph.Residual{Branch: graph.Conv2D{Channels: 6, Kernel: 1}}
	for name, c := range map[string]struct {
		layer graph.Layer
		input tensor.Shape
		words []string
	}{
		"rows":                {graph.Conv2D{Channels: 1, Kernel: 3}, rows, []string{"layer conv1", "(2, 4)", "(batch, channels, height, width)"}},
		"images as sequences": {graph.Conv1D{Channels: 1, Kernel: 3}, images, []string{"layer conv1", "(2, 4, 5, 5)", "(batch, channels, length)"}},
		"no channels":         {graph.Conv2D{Kernel: 3}, images, []string{"layer conv1", "got Channels 0"}},
		"no window":           {graph.Conv2D{Channels: 2}, images, []string{"layer conv1", "got a window of [0 0]", "Kernel"}},
		"no size":             {graph.Conv2D{Channels: 6, Kernel: 3, Window: op.Window{Stride: [2]int{2, 1}}}, images, []string{"layer conv1", "Stride:[2 1]", "want one with a Size"}},
		"groups":              {graph.Conv2D{Channels: 6, Kernel: 1, Groups: 3}, images, []string{"layer conv1", "got Groups 3 for 4 and 6 channels"}},
		"negative stride":     {graph.Conv2D{Channels: 2, Kernel: 1, Stride: -1}, images, []string{"layer conv1", "got stride -1"}},
		"a large window":      {graph.Conv2D{Channels: 2, Kernel: 7}, images, []string{"layer conv1", "got an image of height 5", "window of 7"}},
		"output padding":      {graph.ConvTranspose2D{Channels: 2, Kernel: 3, OutputPadding: 1}, images, []string{"layer conv_transposed1", "output padding of 1"}},
		"pool of rows":        {graph.MaxPool2D{Kernel: 2}, rows, []string{"layer maxpool1", "(2, 4)", "(batch, channels, height, width)"}},
		"no pool":             {graph.MaxPool2D{}, images, []string{"layer maxpool1", "got window 0"}},
		"padding of a pool":   {graph.AvgPool2D{Kernel: 2, Padding: 2}, images, []string{"layer avgpool1", "padding [2 2]", "half"}},
		"no adaptive size":    {graph.AdaptiveAvgPool2D{Height: 2}, images, []string{"layer avgpool1", "got size [2 0]"}},
		"mean of rows":        {graph.GlobalAvgPool{}, rows, []string{"layer avgpool1", "(2, 4)", "(batch, channels, ...)"}},
		"fewer channels":      {graph.PadChannels{Channels: 3}, images, []string{"layer pad1", "got 3 channels", "at least 4"}},
		"dropped rows":        {graph.Dropout2D{P: 0.5}, rows, []string{"layer dropout1", "(2, 4)", "(batch, channels, ...)"}},
		"probability":         {graph.Dropout2D{P: 1}, images, []string{"layer dropout1", "got P 1", "[0, 1)"}},
		"depth":               {graph.StochasticDepth{P: -1}, images, []string{"layer stochastic_depth1", "got P -1"}},
		"factor":              {graph.Scale{Factor: math.Inf(1)}, images, []string{"layer scale1", "got Factor +Inf"}},
		"no shortcut":         {residual, images, []string{"layer block1", "(2, 4, 5, 5)", "(2, 6, 5, 5)", "Shortcut"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := graph.Build(graph.Config{Model: c.layer, Params: graph.NewParams(tensor.Float64, 1), Input: c.input})
			wantError(t, err, c.words...)
		})
	}
}

// Dropout2D drops whole channels and StochasticDepth whole samples, in training only.
func TestDropoutOfSlices(t *testing.T) {
	x, err := tensors.Ones(tensor.Float64, 40, 30, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	for size, layer := range map[int]graph.Layer{6: graph.Dropout2D{P: 0.5}, 180: graph.StochasticDepth{P: 0.5}} {
		for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
			p := build(t, graph.Config{Model: layer, Params: graph.NewParams(tensor.Float64, 1), Input: x.Shape(), Mode: mode})
			run(t, p, x, nil)
			values := map[float64]int{}
			for slice := range slices.Chunk(p.OutputValue().Float64s(), size) {
				values[slice[0]]++
				if slices.ContainsFunc(slice, func(v float64) bool { return v != slice[0] }) {
					t.Fatalf("%T in %v: a slice holds different values: %v", layer, mode, slice)
				}
			}
			if n := 40 * 180 / size; mode == graph.Eval && values[1] != n || mode == graph.Train && (values[0] < n/4 || values[2] < n/4) {
				t.Errorf("%T in %v: got the values %v", layer, mode, values)
			}
		}
	}
}

func ExampleConv2D() {
	model := graph.Sequential{
		graph.Conv2D{Channels: 8, Kernel: 3, Padding: 1, NoBias: true, Init: initializer.HeNormal{}}, graph.BatchNorm{}, graph.ReLU,
		graph.MaxPool2D{Kernel: 2},
		graph.Conv2D{Channels: 16, Kernel: 3, Padding: 1, NoBias: true, Init: initializer.HeNormal{}}, graph.BatchNorm{}, graph.ReLU,
		graph.GlobalAvgPool{},
		graph.Dense{Units: 10},
	}
	program, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{64, 1, 28, 28}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(program.Summary())
	// Output:
	// layer       output            parameters  multiply-adds
	// input       (64, 1, 28, 28)
	// conv1       (64, 8, 28, 28)           72          56448
	// batchnorm1  (64, 8, 28, 28)           32
	// conv2       (64, 16, 14, 14)        1152         225792
	// batchnorm2  (64, 16, 14, 14)          64
	// dense1      (64, 10)                 170            160
	// output      (64, 10)
	// 1442 parameters to train, 48 running statistics, float32
	// 282400 multiply-adds for each sample, of 2 FLOP each
}
