package weights_test

import (
	"os/exec"
	"path"
	"path/filepath"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/weights"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/recurrent"
)

// An LSTM and a Transformer of PyTorch's give the same output here with their weights, and there with the weights that we have written.
func TestTorchSequences(t *testing.T) {
	if exec.Command("/usr/bin/python3", "-c", "import torch").Run() != nil {
		t.Skip("SKIPPED: the weights of recurrent networks and Transformers were not exchanged, as Python has no torch (Debian: apt-get install python3-torch)")
	}
	for name, c := range map[string]struct {
		model  graph.Model
		width  int
		naming weights.Naming
	}{
		"lstm": {recurrent.LSTM{Units: 8, Layers: 2, Bidirectional: true}, 6, weights.Naming{
			Name: func(parameter string) string { return "rnn." + path.Base(parameter) },
		}},
		"transformer": {attention.Encoder{Config: attention.Config{Layers: 3, Heads: 2, Hidden: 16, Placement: attention.PostLN}}, 8, weights.TorchTransformer},
	} {
		folder := t.TempDir()
		run(t, "testdata/sequences.py", "make", name, folder)
		file, err := weights.Read(filepath.Join(folder, "theirs.pth"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := graph.Build(graph.Config{Model: c.model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{3, 5, c.width}, Mode: graph.Eval})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		if err := c.naming.Load(p.Params, file.Tensors); err != nil {
			t.Fatal(err)
		}
		if err := p.Run(array(t, folder, "input.npy"), nil); err != nil {
			t.Fatal(err)
		}
		want := array(t, folder, "output.npy")
		wantClose(t, name, p.OutputValue(), want)
		if err := weights.Write(filepath.Join(folder, "ours.npz"), nil, c.naming.Tensors(p.Params)...); err != nil {
			t.Fatal(err)
		}
		run(t, "testdata/sequences.py", "read", name, folder)
		wantClose(t, name+" of PyTorch's again", array(t, folder, "again.npy"), want)
	}
}
