package features

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
)

// conv keeps the size of an image, but for the stride.
func conv(channels, kernel, stride int) graph.Conv2D {
	return graph.Conv2D{Channels: channels, Kernel: kernel, Stride: stride, Padding: kernel / 2}
}

func newViewer(t *testing.T, model graph.Model, image ...int) *Viewer {
	t.Helper()
	v, err := New(model, graph.NewParams(tensor.Float32, 1), image)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// noise are images of independent pixels; the same for the same seed.
func noise(n int, image ...int) *tensor.Dense {
	x := tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(append([]int{n}, image...)...))
	state := uint32(1)
	for i := range x.Float32s() {
		state = state*1664525 + 1013904223
		x.Float32s()[i] = float32(state>>8)/(1<<23) - 1
	}
	return x
}

// Layers are found with their shapes and with what their units see; projections on skips are left out.
func TestLayers(t *testing.T) {
	block := graph.Residual{Branch: graph.Sequential{conv(4, 3, 2), graph.ReLU, conv(4, 3, 1)}, Shortcut: conv(4, 1, 2), Activation: graph.ReLU}
	v := newViewer(t, graph.Sequential{
		conv(2, 5, 1), graph.BatchNorm{}, graph.ReLU, graph.MaxPool2D{Kernel: 2, Stride: 2}, block, graph.GlobalAvgPool{}, graph.Dense{Units: 3},
	}, 1, 16, 16)
	want := []Layer{
		{Path: "conv1", Depth: 1, Units: 2, Height: 16, Width: 16, Field: Field{Size: 5, Stride: 1, Start: -2}},
		{Path: "block1/conv1", Depth: 2, Units: 4, Height: 4, Width: 4, Field: Field{Size: 10, Stride: 4, Start: -4}},
		{Path: "block1/conv2", Depth: 3, EndsBlock: true, Units: 4, Height: 4, Width: 4, Field: Field{Size: 18, Stride: 4, Start: -8}},
		{Path: "dense1", Depth: 4, Units: 3, Height: 1, Width: 1, Field: Field{Size: 16, Stride: 1, Whole: true}},
	}
	for i, l := range v.Layers {
		if l.index = 0; i < len(want) && l != want[i] {
			t.Errorf("layer %d: got %+v, want %+v", i, l, want[i])
		}
	}
	if len(v.Layers) != len(want) {
		t.Errorf("got %d layers, want %d", len(v.Layers), len(want))
	}
	if from, to := v.Layers[1].Field.Rows(0, 16); from != 0 || to != 6 {
		t.Errorf("the first unit sees rows %d to %d, want 0 to 6", from, to)
	}
}

// What a field tells is what the gradient tells: pixels outside have no influence, and some at each end have.
func TestFieldsAgreeWithGradients(t *testing.T) {
	model := graph.Sequential{conv(3, 3, 2), graph.Tanh, conv(3, 5, 1), graph.Tanh, graph.AvgPool2D{Kernel: 2, Stride: 2}, conv(2, 3, 1), graph.Tanh, graph.GlobalAvgPool{}, graph.Dense{Units: 2}}
	v := newViewer(t, model, 1, 48, 48)
	for _, l := range v.Layers[:3] {
		p, err := v.program(1, false)
		if err != nil {
			t.Fatal(err)
		}
		g, err := p.InputGradient(p.Layers[l.index].Pre)
		if err != nil {
			t.Fatal(err)
		}
		weights := make([]float64, l.Units*l.Height*l.Width)
		at := l.Height/2*l.Width + l.Width/2
		weights[at] = 1
		if err := g.Run(noise(1, 1, 48, 48), v.newTensor(weights, 1, l.Units, l.Height, l.Width)); err != nil {
			t.Fatal(err)
		}
		first, last := 48, -1
		for i, x := range g.Gradient().Float32s() {
			if x != 0 {
				first, last = min(first, i/48), max(last, i/48)
			}
		}
		if from, to := l.Field.Rows(l.Height/2, 48); first != from || last+1 != to {
			t.Errorf("%s: the gradient reaches rows %d to %d, the field %d to %d", l.Path, first, last+1, from, to)
		}
	}
}

func TestFiltersAndMaps(t *testing.T) {
	model := graph.Sequential{conv(2, 3, 1), graph.ReLU, conv(3, 3, 2), graph.ReLU, graph.GlobalAvgPool{}, graph.Dense{Units: 4}}
	v := newViewer(t, model, 2, 6, 6)
	filters, err := v.Filters()
	if err != nil {
		t.Fatal(err)
	}
	w := v.params.Get("conv1/weight").Value.Float32s()
	if len(filters) != 2 || !filters[1].Shape().Eq(tensor.Shape{2, 3, 3}) || filters[1].Float64s()[0] != float64(w[18]) {
		t.Errorf("got %d filters, the second %v, want 2 of the weight's parts", len(filters), filters[1])
	}
	image := noise(1, 2, 6, 6)
	maps, err := v.Maps(floats(image))
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.program(1, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(image, nil); err != nil {
		t.Fatal(err)
	}
	if len(maps) != 3 || !maps[1].Shape().Eq(tensor.Shape{3, 3, 3}) || !reflect.DeepEqual(maps[2].Float64s(), floats(p.OutputValue())) {
		t.Errorf("got maps %v, want those of each layer, and the output at the end", maps)
	}
	if _, err := newViewer(t, graph.Sequential{graph.Flatten{}, graph.Dense{Units: 2}}, 1, 3, 3).Filters(); err == nil {
		t.Error("a dense first layer gives no error")
	}
}

// A unit finds the image in which its pattern was planted, and the place.
func TestBestFindsPlantedPattern(t *testing.T) {
	v := newViewer(t, graph.Sequential{conv(2, 3, 1), graph.ReLU, graph.GlobalAvgPool{}, graph.Dense{Units: 2}}, 1, 8, 8)
	images := noise(130, 1, 8, 8)
	filters, err := v.Filters()
	if err != nil {
		t.Fatal(err)
	}
	const image, row, col = 117, 3, 5
	for i, w := range filters[1].Float64s() {
		images.Float32s()[image*64+(row-1+i/3)*8+col-1+i%3] = 20 * float32(w)
	}
	best, err := v.Best(t.Context(), images, 0, []int{1}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if s := best[0]; len(s) != 3 || s[0].Image != image || s[0].Row != row || s[0].Col != col || s[1].Value > s[0].Value || s[2].Value > s[1].Value {
		t.Errorf("got %+v, want image %d at (%d, %d) first", s, image, row, col)
	}
	clear(v.params.Get("conv1/weight").Value.Float32s()[:9]) // unit 0 is dead
	lively, err := v.Lively(t.Context(), images, 0, 1)
	if err != nil || len(lively) != 1 || lively[0] != 1 {
		t.Errorf("got the lively units %v, %v, want unit 1", lively, err)
	}
}

// Without jitter, decay and blur the image for a linear unit is its filter, up to the bounds.
func TestMaximiseOfLinearUnit(t *testing.T) {
	v := newViewer(t, graph.Sequential{conv(3, 3, 1), graph.ReLU, graph.GlobalAvgPool{}, graph.Dense{Units: 2}}, 1, 9, 9)
	made, err := v.Maximise(t.Context(), 0, []int{2}, Options{Jitter: -1, Decay: -1, Blur: -1, Low: -100, High: 100})
	if err != nil {
		t.Fatal(err)
	}
	filters, err := v.Filters()
	if err != nil {
		t.Fatal(err)
	}
	patch, shape := v.Layers[0].Field.Crop(made[0].Image, tensor.Shape{1, 9, 9}, made[0].Row, made[0].Col, 0)
	product, a, b := 0.0, 0.0, 0.0
	for i, w := range filters[2].Float64s() {
		product, a, b = product+w*patch[i], a+w*w, b+patch[i]*patch[i]
	}
	if cosine := product / math.Sqrt(a*b); !shape.Eq(tensor.Shape{1, 3, 3}) || cosine < 0.999 {
		t.Errorf("the image has shape %v and the cosine %g with the filter, want (1, 3, 3) and 1", shape, cosine)
	}
	if math.Abs(made[0].Value-product) > 1e-3*product { // the bias is 0
		t.Errorf("the value is %g, want %g", made[0].Value, product)
	}
}

// Units deep in a network are excited more by the images made for them than by noise, and the same seed makes the same images, whatever
// other units are made beside.
func TestMaximise(t *testing.T) {
	v := newViewer(t, resnet.Image{Classes: 3, Blocks: []int{1, 1}, Width: 4}, 1, 12, 12)
	for _, layer := range []int{2, 4} {
		begin, err := v.Maximise(t.Context(), layer, []int{1}, Options{Steps: 1, Jitter: -1, Blur: -1})
		if err != nil {
			t.Fatal(err)
		}
		one, err := v.Maximise(t.Context(), layer, []int{1}, Options{Steps: 40, Jitter: -1, Blur: -1})
		if err != nil {
			t.Fatal(err)
		}
		two, err := v.Maximise(t.Context(), layer, []int{0, 1}, Options{Steps: 40, Jitter: -1, Blur: -1})
		if err != nil {
			t.Fatal(err)
		}
		if !(one[0].Value > begin[0].Value) {
			t.Errorf("layer %d: the unit gives %g after 40 steps and %g after one", layer, one[0].Value, begin[0].Value)
		}
		if !reflect.DeepEqual(one[0].Image, two[1].Image) {
			t.Errorf("layer %d: beside another unit the image is another", layer)
		}
	}
}

func TestRefusals(t *testing.T) {
	v := newViewer(t, graph.Sequential{conv(2, 3, 1), graph.ReLU, graph.GlobalAvgPool{}, graph.Dense{Units: 2}}, 1, 8, 8)
	_, layer := v.Maximise(t.Context(), 5, []int{0}, Options{})
	_, unit := v.Best(t.Context(), noise(2, 1, 8, 8), 0, []int{2}, 1)
	_, images := v.Best(t.Context(), noise(2, 1, 7, 8), 0, []int{0}, 1)
	_, image := v.Maps(make([]float64, 3))
	_, options := v.Maximise(t.Context(), 0, []int{0}, Options{Low: 1, High: -1})
	_, model := New(nil, nil, nil)
	for want, err := range map[string]error{
		"layer: got 5, want 0 to 1": layer, "unit of layer conv1: got 2, want 0 to 1": unit, "want shape (n, 1, 8, 8)": images,
		"got 3 values, want 64": image, "want positive numbers and Low below High": options, "want a model": model,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Maximise(ctx, 0, []int{0}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: got error %v", err)
	}
}
