package setup

import (
	"context"
	"fmt"
	"slices"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/models/rnn"
	"github.com/gradflow/gradflow/models/transformer"
)

// textModels are the language models of -model.
var textModels = []string{"gpt", "lstm", "gru", "rnn"}

// The training of language models, for what the command line does not set.
const (
	textHeads  = 4
	textDecay  = 0.1
	textEpochs = 1000 // with -time
	heldOut    = 0.1  // share of the text, at its end
)

// A textDefault is the network and the training of a language model, for what the command line does not set.
type textDefault struct {
	depth, width, length, batch int
	dropout, rate               float64
}

// The defaults of gpt and of all recurrent networks. A recurrent network reads the first characters of a window without what
// came before, as gpt does, but a longer window costs it nothing more for each character.
var (
	gptDefault       = textDefault{4, 128, 128, 16, 0.2, 0.003}
	recurrentDefault = textDefault{2, 256, 256, 8, 0.4, 0.004}
)

// textFlags choose the text and the parts of the network that image models do not have.
func (o *Options) textFlags() []cli.Flag {
	return console.Section(say.Text("Text"),
		console.String("text", &o.TextFile, "", say.Text("`file` of text in UTF-8, at most 256 MiB, for -model gpt, lstm, gru or rnn; the last tenth is held out (default: the built-in Opticks of Newton)"), nil, console.FileName),
		console.Whole("length", &o.Length, 0, 0, 65536, say.Text("`characters` of a window of the text, which the network sees at once; 0 is 128 for gpt and 256 for the others, with a text")),
		console.Whole("heads", &o.Heads, 0, 0, 256, say.Text("attention `heads` in each layer, a divisor of -width; 0 is 4, with -model gpt")),
		console.Share("dropout", &o.Dropout, say.Text("`share` of the embedding's and of each layer's outputs that is set to zero at random while a network learns a text (default: 0.2 for gpt, 0.4 for the others)")),
	)
}

// IsText reports whether the model is a language model.
func (o Options) IsText() bool { return slices.Contains(textModels, o.Model) }

// checkTrained refuses a name that is neither of a convolutional network nor of a language model.
func checkTrained(name string) error {
	if slices.Contains(textModels, name) || CheckModel(name) == nil {
		return nil
	}
	return console.UnknownName("model", name, trainedNames())
}

// trainedNames are the models of demo train.
func trainedNames() []string { return slices.Concat(resnet.Names(), textModels) }

// checkText refuses flags that do not belong to the kind of the model.
func (o *Options) checkText(cmd *cli.Command) error {
	if !o.IsText() {
		return o.checkNoText(cmd)
	}
	for _, f := range []struct {
		name  string
		value any
		wrong bool
	}{
		{"data", o.dataDir, o.dataDir != ""},
		{"image-size", o.imageSize, o.imageSize != 0},
		{"subset", o.subset, o.subset != 0},
		{"augment", o.Augment, o.Augment},
		{"activation", o.activation, o.activation != activations[0]},
		{"init", o.init, o.init != ""},
		{"norm", o.norm, o.norm != norms[0]},
		{"skip", o.skip, o.skip != 0},
	} {
		if f.wrong {
			return console.Conflict(cmd, f.name, f.value, say.Sprintf("no -%s with -model %s, which reads a text (-text, -depth, -width, -length)", f.name, o.Model))
		}
	}
	if o.Heads != 0 && o.Model != "gpt" {
		return console.Conflict(cmd, "heads", o.Heads, say.Sprintf("no -heads with -model %s: -model gpt alone has attention", o.Model))
	}
	givenHeads := o.Heads != 0
	o.setTextDefaults(cmd)
	switch {
	case o.Model != "gpt" || o.Width%o.Heads == 0:
	case !givenHeads:
		return console.Conflict(cmd, "width", o.Width, say.Sprintf("a multiple of %d, the heads of each layer, or a number of -heads that divides the width", o.Heads))
	default:
		return console.Conflict(cmd, "heads", o.Heads, say.Sprintf("a divisor of %d, the width (-width)", o.Width))
	}
	return nil
}

// checkNoText refuses the flags of texts for models of images.
func (o *Options) checkNoText(cmd *cli.Command) error {
	want := say.Sprintf("a language model (-model %s): other networks learn no text", console.Either(textModels))
	switch {
	case o.TextFile != "":
		return console.Conflict(cmd, "text", o.TextFile, want)
	case o.Length != 0:
		return console.Conflict(cmd, "length", o.Length, want)
	case o.Heads != 0:
		return console.Conflict(cmd, "heads", o.Heads, want)
	case cmd.IsSet("dropout"):
		return console.Conflict(cmd, "dropout", o.Dropout, want)
	}
	return nil
}

// setTextDefaults sets what the command line does not.
func (o *Options) setTextDefaults(cmd *cli.Command) {
	d := recurrentDefault
	if o.Model == "gpt" {
		d = gptDefault
	}
	setDefault(cmd, "depth", d.depth)
	setDefault(cmd, "width", d.width)
	setDefault(cmd, "dropout", d.dropout)
	setDefault(cmd, "batch", d.batch)
	if o.Length == 0 {
		cmd.Set("length", fmt.Sprint(d.length))
	}
	if o.Heads == 0 && o.Model == "gpt" {
		cmd.Set("heads", fmt.Sprint(textHeads))
	}
	setDefault(cmd, "optimizer", "adamw")
	if o.Rate == 0 && o.Optimizer == "adamw" {
		setDefault(cmd, "lr", d.rate)
	}
	if o.Time > 0 {
		setDefault(cmd, "epochs", textEpochs)
	}
}

// texts loads the text as windows, of which the last tenth of the text is held out.
func (o Options) texts(ctx context.Context) (learnt, held *data.Dataset, v *text.Vocabulary, err error) {
	corpus, err := console.Await(ctx, o.corpus)
	if err != nil {
		return nil, nil, nil, errors.Wrap(err, "-text")
	}
	if corpus.Size() < 2 {
		return nil, nil, nil, errors.New(say.Sprintf("-text: got a text of the character %q alone, want at least two different ones: there is nothing to predict", corpus.Characters()))
	}
	rest, tail, err := corpus.Split(heldOut)
	if err != nil || len(tail.Tokens) <= o.Length {
		return nil, nil, nil, errors.New(say.Sprintf("-text: got %d characters, want more than %d: the last tenth is held out, and has to hold a window of %d (-length) and the character after it",
			len(corpus.Tokens), 10*o.Length, o.Length))
	}
	if learnt, err = rest.Windows(text.Windows{Length: o.Length}); err != nil {
		return nil, nil, nil, err
	}
	if o.Batch > learnt.Len() {
		return nil, nil, nil, errors.New(say.Sprintf("-batch: got %d, want at most %d, the windows to train on (-length makes them shorter)", o.Batch, learnt.Len()))
	}
	if o.NoteText != nil {
		o.NoteText(corpus.Vocabulary)
	}
	held, err = tail.Windows(text.Windows{Length: o.Length})
	return learnt, held, corpus.Vocabulary, err
}

// corpus is the text of -text, or the built-in one.
func (o Options) corpus() (*text.Corpus, error) {
	if o.TextFile == "" {
		return text.Opticks()
	}
	return text.Read(o.TextFile)
}

// LanguageModel is the language model of -model for a number of characters.
func (o Options) LanguageModel(characters int) (Network, error) {
	if o.Model == "gpt" {
		return Network{o.Model, transformer.GPT{
			Vocabulary: characters, Context: o.Length, Width: o.Width,
			Config: attention.Config{Layers: o.Depth, Heads: o.Heads, Activation: graph.GELU, Dropout: o.Dropout},
		}}, nil
	}
	cell, err := rnn.ParseCell(o.Model)
	if err != nil {
		return Network{}, err
	}
	config := rnn.Config{Cell: cell, Units: o.Width, Layers: o.Depth, Residual: true, Dropout: o.Dropout}
	if cell == rnn.LSTM {
		config.ForgetBias = 1
	}
	return Network{o.Model, rnn.LanguageModel{Vocabulary: characters, Config: config}}, nil
}
