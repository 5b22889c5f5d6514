package weights_test

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/weights"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/internal/pythontest"
	"github.com/gradflow/gradflow/models/resnet"
)

// run runs a script.
func run(t *testing.T, python string, args ...string) {
	t.Helper()
	command := exec.Command(python, args...)
	command.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// array reads an NPY file of a folder.
func array(t *testing.T, folder, name string) *tensor.Dense {
	t.Helper()
	file, err := weights.Read(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return file.Tensors[0].Value
}

// imageNet draws a network of torchvision's, for two images of 64 by 64 pixels.
func imageNet(t *testing.T, depth int) *graph.Program {
	t.Helper()
	model, err := resnet.ImageNet(depth, 1000)
	if err != nil {
		t.Fatal(err)
	}
	model.Init = initializer.Constant{} // quicker to draw, and replaced by what is loaded
	p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{2, 3, 64, 64}, Mode: graph.Eval})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// A network of torchvision's gives the same logits here with its weights, and there with the weights that we have written. The bound is that
// of 50 layers of sums of some 1,000 products in float32.
func TestTorchvision(t *testing.T) {
	python := pythontest.With(t, "torchvision", "the weights of torchvision's networks were not exchanged")
	for name, depth := range map[string]int{"resnet18": 18, "resnet50": 50} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && depth > 18 {
				t.Skip("one network is enough in a short test")
			}
			folder := t.TempDir()
			run(t, python, "testdata/twin.py", "make", name, folder)
			file, err := weights.Read(filepath.Join(folder, name+".pth"))
			if err != nil {
				t.Fatal(err)
			}
			p := imageNet(t, depth)
			if err := weights.TorchvisionResNet.Load(p.Params, file.Tensors); err != nil {
				t.Fatal(err)
			}
			if err := p.Run(array(t, folder, "input.npy"), nil); err != nil {
				t.Fatal(err)
			}
			want := array(t, folder, "logits.npy")
			wantClose(t, "ours", p.OutputValue(), want)

			if err := weights.Write(filepath.Join(folder, "ours.npz"), nil, weights.TorchvisionResNet.Tensors(p.Params)...); err != nil {
				t.Fatal(err)
			}
			run(t, python, "testdata/twin.py", "read", name, folder)
			wantClose(t, "torchvision's again", array(t, folder, "again.npy"), want)
		})
	}
}

// wantClose compares logits, relative to the largest.
func wantClose(t *testing.T, whose string, got, want *tensor.Dense) {
	t.Helper()
	g, w := got.Data().([]float32), want.Data().([]float32)
	largest, difference := 0., 0.
	for i := range w {
		largest = math.Max(largest, math.Abs(float64(w[i])))
		difference = math.Max(difference, math.Abs(float64(g[i]-w[i])))
	}
	if !(difference <= 1e-5*largest) || largest == 0 {
		t.Errorf("%s: got logits that differ by %.2g of the largest, want at most 1e-5", whose, difference/largest)
	}
}

// The names of microsoft/resnet-50 on Hugging Face.
func TestHuggingFaceNames(t *testing.T) {
	shapes := make(map[string]tensor.Shape)
	for _, named := range weights.HuggingFaceResNet.Tensors(imageNet(t, 50).Params) {
		if shapes[named.Name] != nil {
			t.Errorf("got %s twice", named.Name)
		}
		shapes[named.Name] = named.Value.Shape()
	}
	for name, want := range map[string]tensor.Shape{
		"resnet.embedder.embedder.convolution.weight":                         {64, 3, 7, 7},
		"resnet.embedder.embedder.normalization.running_mean":                 {64},
		"resnet.encoder.stages.0.layers.0.shortcut.convolution.weight":        {256, 64, 1, 1},
		"resnet.encoder.stages.0.layers.0.shortcut.normalization.running_var": {256},
		"resnet.encoder.stages.0.layers.0.layer.0.convolution.weight":         {64, 64, 1, 1},
		"resnet.encoder.stages.2.layers.5.layer.1.normalization.bias":         {256},
		"resnet.encoder.stages.3.layers.2.layer.2.convolution.weight":         {2048, 512, 1, 1},
		"classifier.1.weight": {1000, 2048},
		"classifier.1.bias":   {1000},
	} {
		if got := shapes[name]; !got.Eq(want) {
			t.Errorf("%s has shape %v, want %v", name, got, want)
		}
	}
	for name := range shapes {
		if strings.ContainsAny(name, "#/") || strings.Contains(name, "bn") || strings.Contains(name, "conv1") {
			t.Errorf("%q is no name of Hugging Face's", name)
		}
	}
}

// Weights go through each kind of file unchanged.
func TestFiles(t *testing.T) {
	folder := t.TempDir()
	source := imageNet(t, 18).Params
	for i, p := range source.All() {
		for k, values := 0, p.Value.Float32s(); k < len(values); k++ {
			values[k] = float32(i + k%100)
		}
	}
	written := weights.TorchvisionResNet.Tensors(source)
	for _, name := range []string{"x.safetensors", "x.safetensors.index.json", "x.npz"} {
		path := filepath.Join(folder, name)
		if err := weights.Write(path, map[string]string{"a": "b"}, written...); err != nil {
			t.Fatal(err)
		}
		file, err := weights.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		ps := imageNet(t, 18).Params
		for _, p := range ps.All() {
			p.Value.Zero()
		}
		if err := weights.TorchvisionResNet.Load(ps, file.Tensors); err != nil {
			t.Fatal(err)
		}
		for i, again := range weights.TorchvisionResNet.Tensors(ps) {
			if !again.Value.Eq(written[i].Value) {
				t.Errorf("%s: %s has changed", name, again.Name)
			}
		}
	}
	if err := weights.Write(filepath.Join(folder, "x.pth"), nil, written...); err == nil || !strings.Contains(err.Error(), "want one that ends in") {
		t.Errorf("got error %v, want one that names the formats", err)
	}
	text := filepath.Join(folder, "x.txt")
	if err := os.WriteFile(text, []byte("no weights at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := weights.Read(text); err == nil || !strings.Contains(err.Error(), "want a file of safetensors, torch.save, NPZ, NPY or ONNX") {
		t.Errorf("got error %v, want one that names the formats", err)
	}
}

func TestLoadMistakes(t *testing.T) {
	ps := imageNet(t, 18).Params
	if err := weights.TorchvisionResNet.Load(ps, weights.HuggingFaceResNet.Tensors(ps)); err == nil || !strings.Contains(err.Error(), "no value for conv1/weight") {
		t.Errorf("got error %v, want one that names what is missing", err)
	}
	flat := weights.TorchvisionResNet.Tensors(ps)
	for i := range flat {
		if flat[i].Name == "fc.weight" {
			flat[i].Value = tensor.New(tensor.WithShape(512000), tensor.WithBacking(make([]float32, 512000)))
		}
	}
	if err := weights.TorchvisionResNet.Load(ps, flat); err == nil || !strings.Contains(err.Error(), "want a matrix") {
		t.Errorf("got error %v, want one about the matrix", err)
	}
}
