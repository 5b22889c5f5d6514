package bench

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// The fused plain network and the one that is drawn step by step with stock operations do the same work: the losses agree step by step,
// but for the roundings of float32 sums.
func TestSequencesOfOursAndStockAgree(t *testing.T) {
	w := SequenceWorkload{Name: "small", Cell: op.RNNTanh, Input: tensor.Shape{4, 6, 5}, Units: 8, Last: true}
	ours, err := NewSequences(w)
	if err != nil {
		t.Fatal(err)
	}
	stock, err := NewStockSequences(w)
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
		if !(math.Abs(got-want) <= 1e-5*want) {
			t.Fatalf("step %d: loss: got %g, want %g as stock Gorgonia", step, got, want)
		}
	}
}

// The files for PyTorch hold every parameter under its name, and all batches.
func TestExportSequences(t *testing.T) {
	w, dir := SequenceWorkload{Name: "small", Cell: op.GRU, Input: tensor.Shape{4, 6, 5}, Units: 8}, t.TempDir()
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
	if first := network.Params[0]; first.Name != "rnn.weight_ih_l0" || last.Name != "out.bias" {
		t.Errorf("parameters from %q to %q, want rnn.weight_ih_l0 to out.bias", first.Name, last.Name)
	}
	for name, want := range map[string]int{"weights.f32": size, "images.f32": batchCount * 4 * w.Input.TotalSize(), "labels.i64": batchCount * 8 * 24} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if int(info.Size()) != want {
			t.Errorf("%s has %d bytes, want %d", name, info.Size(), want)
		}
	}
}
