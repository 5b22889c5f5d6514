package setup

import (
	"context"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/models/rnn"
	"github.com/gradflow/gradflow/models/transformer"
	"github.com/gradflow/gradflow/train/optim"
)

// textOptions are those of a command line of demo train.
func textOptions(t *testing.T, args ...string) Options {
	t.Helper()
	o := Options{Single: true}
	cmd := &cli.Command{
		Name: "train", Flags: append(o.DemoFlags(), o.ModelFlags()...),
		Action: func(_ context.Context, cmd *cli.Command) error { return o.CheckModelFlags(cmd) },
	}
	if err := cmd.Run(context.Background(), append([]string{"train"}, args...)); err != nil {
		t.Fatal(err)
	}
	return o
}

// What the command line does not set suits a language model; what it sets stays.
func TestTextDefaults(t *testing.T) {
	o := textOptions(t, "-model", "gpt", "-time", "1m")
	n, err := o.LanguageModel(91)
	if err != nil {
		t.Fatal(err)
	}
	if m := n.Model.(transformer.GPT); m.Layers != 4 || m.Heads != 4 || m.Width != 128 || m.Context != 128 || m.Dropout != 0.2 || m.Vocabulary != 91 || o.Batch != 16 || o.Epochs != 1000 {
		t.Errorf("got %+v, batch %d and %d epochs", m, o.Batch, o.Epochs)
	}
	optimizer, err := o.NewOptimizer()
	if err != nil {
		t.Fatal(err)
	}
	if a := optimizer.(*optim.AdamW); a.LearningRate != 0.003 || a.WeightDecay != 0.1 {
		t.Errorf("got %+v", a)
	}
	o = textOptions(t, "-model", "lstm")
	if n, err = o.LanguageModel(7); err != nil {
		t.Fatal(err)
	}
	if m := n.Model.(rnn.LanguageModel); m.Layers != 2 || m.Units != 256 || m.Dropout != 0.4 || o.Length != 256 || o.Batch != 8 || o.Rate != 0.004 {
		t.Errorf("got %+v, length %d, batch %d and rate %g", m, o.Length, o.Batch, o.Rate)
	}
	o = textOptions(t, "-model", "gru", "-depth", "3", "-width", "31", "-length", "9", "-batch", "5", "-optimizer", "sgd", "-dropout", "0")
	if n, err = o.LanguageModel(7); err != nil {
		t.Fatal(err)
	}
	if m := n.Model.(rnn.LanguageModel); m.Layers != 3 || m.Units != 31 || m.Cell != rnn.GRU || m.Dropout != 0 || o.Length != 9 || o.Batch != 5 || o.Rate != 0 {
		t.Errorf("got %+v, length %d, batch %d and rate %g", m, o.Length, o.Batch, o.Rate)
	}
}

// Without -text the built-in text is loaded: each part in windows, targets one character later.
func TestBuiltInText(t *testing.T) {
	o := textOptions(t, "-model", "rnn", "-length", "100")
	trainSet, valSet, networks, err := o.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if trainSet.Len() != 5103 || valSet.Len() != 567 || networks[0].Name != "rnn" {
		t.Errorf("got %d and %d windows for %s", trainSet.Len(), valSet.Len(), networks[0].Name)
	}
}
