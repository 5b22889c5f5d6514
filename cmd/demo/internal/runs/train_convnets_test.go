package runs

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train/optim"
)

// Convolutional networks train on files of each kind, and their parameters are written.
func TestTrainConvolutionalNetworks(t *testing.T) {
	for name, flags := range map[string][]string{
		"built-in": {"-model", "resnet8", "-subset", "32"},
		"CIFAR-10": {"-model", "plain8", "-data", demotest.CIFAR10Folder(t), "-augment"},
		"PNG":      {"-model", "preresnet8", "-data", demotest.ImageFolder(t), "-image-size", "8", "-time", "10ms"},
	} {
		args := append([]string{"train", "-batch", "8", "-epochs", "2"}, flags...)
		status, out, files := app.Report(t, args...)
		if status != console.ExitOK || !strings.Contains(out, "network: "+flags[1]+"; epochs: ") || len(files["profiles.json"]) == 0 {
			t.Errorf("%s: status %d\n%s", name, status, out)
		}
		if !bytes.Contains(files[reportdir.ParamsName], []byte("layer3/block1/conv2/weight")) {
			t.Errorf("%s: %s has %d bytes", name, reportdir.ParamsName, len(files[reportdir.ParamsName]))
		}
	}
}

// The parameters that a training wrote fit the network.
func TestWrittenParametersFit(t *testing.T) {
	folder := t.TempDir()
	if status, _, log := app.Call("train", "-model", "resnet8", "-subset", "32", "-batch", "8", "-epochs", "1", "-out", folder); status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	m, _, err := resnet.Named("resnet8", 10)
	if err != nil {
		t.Fatal(err)
	}
	params := graph.NewParams(tensor.Float32, 9)
	if _, err := graph.Build(graph.Config{Model: m, Params: params, Input: tensor.Shape{2, 1, 28, 28}}); err != nil {
		t.Fatal(err)
	}
	if err := params.Load(folder+"/"+reportdir.ParamsName, graph.Assignment{}); err != nil {
		t.Error(err)
	}
}

// What the command line does not set is as in the paper.
func TestPaperTraining(t *testing.T) {
	var o training
	cmd := &cli.Command{Name: "train", Flags: o.trainFlags(), Action: func(_ context.Context, cmd *cli.Command) error { return o.CheckConvolutional(cmd) }}
	if err := cmd.Run(context.Background(), []string{"train", "-model", "resnet20", "-time", "1m"}); err != nil {
		t.Fatal(err)
	}
	optimizer, err := o.NewOptimizer()
	if err != nil {
		t.Fatal(err)
	}
	if s := optimizer.(*optim.SGD); s.LearningRate != 0.1 || s.Momentum != 0.9 || s.WeightDecay != 1e-4 || o.Batch != 128 || o.Epochs != 164 {
		t.Errorf("got %+v, batch %d and %d epochs", s, o.Batch, o.Epochs)
	}
	for step, want := range map[int]float64{0: 1, 49: 1, 50: 0.1, 74: 0.1, 75: 0.01, 99: 0.01} {
		if got := o.Schedule().At(step, 100); got != want {
			t.Errorf("step %d: factor %g, want %g", step, got, want)
		}
	}
}
