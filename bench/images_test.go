package bench

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/models/resnet"
)

// A network in training learns its four batches, and one in evaluation gives the same loss for the same batch.
func TestImages(t *testing.T) {
	model := resnet.Image{Classes: 3, Blocks: []int{1, 1}, Width: 8}
	w := ImageWorkload{Name: "small", Model: model, Input: tensor.Shape{4, 1, 8, 8}, Rate: imageRate}
	losses := func(steps int) (list []float64) {
		s, err := NewImages(w)
		if err != nil {
			t.Fatal(err)
		}
		for range steps {
			loss, err := s.Step()
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, loss)
		}
		return list
	}
	if l := losses(2 * batchCount); l[0] != l[batchCount] || l[0] == l[1] {
		t.Errorf("losses in evaluation: %v, want those of four batches twice", l)
	}
	w.Train = true
	l := losses(50 * batchCount)
	if first, last := sum(l[:batchCount]), sum(l[49*batchCount:]); !(last < first*0.95) {
		t.Errorf("loss: got %g after training and %g before, want less", last, first)
	}
}

// The files for PyTorch hold every parameter under its name, and all batches.
func TestExportImages(t *testing.T) {
	all, err := ImageWorkloads()
	if err != nil {
		t.Fatal(err)
	}
	w, dir := all[0], t.TempDir()
	if err := w.Export(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "network.json"))
	if err != nil {
		t.Fatal(err)
	}
	var network struct{ Params []exported }
	if err := json.Unmarshal(text, &network); err != nil {
		t.Fatal(err)
	}
	size, last := 0, network.Params[len(network.Params)-1]
	for _, p := range network.Params {
		size += 4 * tensor.Shape(p.Shape).TotalSize()
	}
	if first := network.Params[0]; first.Name != "conv1.weight" || last.Name != "fc.bias" {
		t.Errorf("parameters from %q to %q, want conv1.weight to fc.bias", first.Name, last.Name)
	}
	for name, want := range map[string]int{"weights.f32": size, "images.f32": batchCount * 4 * w.Input.TotalSize(), "labels.i64": batchCount * 8 * w.Input[0]} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if int(info.Size()) != want {
			t.Errorf("%s has %d bytes, want %d", name, info.Size(), want)
		}
	}
}

func sum(x []float64) (sum float64) {
	for _, v := range x {
		sum += v
	}
	return sum
}
