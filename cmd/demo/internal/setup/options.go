// Package setup has what several commands set up by the same flags: networks, optimisers, images and trainings.
package setup

import (
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// Options describe networks and their training, as the command line sets them.
type Options struct {
	Depth, Width int
	activation   string
	init         string
	norm         string
	skip         int
	Single       bool   // train the network that the flags describe instead of the four
	Model        string // a convolutional network of models/resnet, or a language model; empty: the flags above describe a dense one
	Augment      bool

	Epochs, Batch int
	Time          time.Duration // the training ends after as many epochs as fit; 0: no limit
	Rate          float64       // 0 is the optimiser's default
	Optimizer     string
	Seed          uint64

	Out       string // empty: a new folder in reportdir.Runs
	dataDir   string
	imageSize int // of a folder of PNG or JPEG images; 0 keeps their size
	subset    int

	TextFile      string // empty: the built-in text
	Length, Heads int    // of windows of the text, and of attention; 0 for models of images
	Dropout       float64

	Now func() time.Time // names the folder

	NoteImages func(*data.Dataset, data.Moments) // sees the training images before they are normalised; nil: nothing does
	NoteText   func(*text.Vocabulary)            // sees the characters of the text; nil: nothing does
}

// The names that the help lists: all of graph.ParseActivation, graph.ParseNorm and optimizerKinds, and some of
// initializer.Parse.
var (
	activations  = []string{"relu", "leaky_relu", "elu", "selu", "gelu", "gelu_tanh", "silu", "sigmoid", "tanh", "erf", "softsign", "softplus", "identity"}
	norms        = []string{"none", "bn", "ln"}
	initializers = []string{"xavier", "he", "lecun", "orthogonal", "torch", "normal", "uniform", "constant"}
	optimizers   = optimizerNames()
)

// NetworkFlags describe a network.
func (o *Options) NetworkFlags() []cli.Flag {
	return console.Section(say.Text("Network"),
		console.Whole("depth", &o.Depth, 31, 1, 1000, say.Text("number of hidden `layers`: in a residual network one before the blocks, the rest in blocks of -skip layers")),
		console.Whole("width", &o.Width, 64, 1, 4096, say.Text("`units` in each hidden layer")),
		console.String("activation", &o.activation, "relu", say.Sprintf("`name`: %s", strings.Join(activations, ", ")), activations, func(text string) error {
			if _, err := graph.ParseActivation(text); err != nil {
				return console.UnknownName("activation", text, activations)
			}
			return nil
		}),
		console.String("init", &o.init, "", say.Text("initial weights, by `rule`: xavier, he, lecun, orthogonal, torch, normal:0.05, uniform:-0.1,0.1, ... (default: what suits the activation)"), initializers, checkInit),
		console.String("norm", &o.norm, "none", say.Text("normalisation between linear map and activation, `kind`: none, bn (batch), ln (layer)"), norms, func(text string) error {
			if _, err := graph.ParseNorm(text); err != nil {
				return console.UnknownName("norm", text, norms)
			}
			return nil
		}),
		console.Whole("skip", &o.skip, 0, 0, 1000, say.Text("`layers` that a residual connection jumps over; 0 is a plain network")),
	)
}

// checkInit refuses an unknown rule, and a rule with wrong numbers.
func checkInit(text string) error {
	_, err := initializer.Parse(text)
	if err == nil {
		return nil
	}
	name, _, _ := strings.Cut(text, ":")
	if _, err := initializer.Parse(name); err != nil && !slices.Contains(initializers, name) {
		return console.UnknownName("init", text, initializers)
	}
	return console.Wanted(text, say.Sprintf("a rule such as he or normal:0.05 (%v)", errors.Cause(err)))
}

// TrainingFlags describe the training.
func (o *Options) TrainingFlags() []cli.Flag {
	epochs := console.Whole("epochs", &o.Epochs, 5, 1, 1e6, say.Text("`passes` through the training samples"))
	return console.Section(say.Text("Training"), append([]cli.Flag{epochs}, o.StepFlags()...)...)
}

// StepFlags describe a training step.
func (o *Options) StepFlags() []cli.Flag {
	return console.Section(say.Text("Training"),
		console.Whole("batch", &o.Batch, 64, 2, 60000, say.Text("`samples` in a training step")),
		console.Positive("lr", &o.Rate, 1e6, say.Text("learning `rate` (default: 0.001 for adam, adamw and lamb, 0.0001 for lion, 0.02 for muon, 1 for lars, 0.01 for the others)")),
		console.Choice("optimizer", &o.Optimizer, "momentum", optimizers, say.Sprintf("`name`: %s", strings.Join(optimizers, ", "))),
		console.Whole("seed", &o.Seed, 1, 0, 1<<64-1, say.Text("seed of all that is random; the same `number` gives the same results")),
	)
}

// DataFlags choose the images.
func (o *Options) DataFlags() []cli.Flag {
	return console.Section(say.Text("Images"),
		console.String("data", &o.dataDir, "", say.Text("`folder` with the four Fashion-MNIST or MNIST files in IDX format, gzipped or not; with CIFAR-10 or CIFAR-100 in the binary version; or with a folder of PNG or JPEG images for each class (default: the built-in sample of 12,000 images of Fashion-MNIST)"), nil, console.FolderName),
		console.Whole("image-size", &o.imageSize, 0, 0, 4096, say.Text("resize PNG and JPEG images to this many `pixels` in height and width; 0 keeps their size")),
		console.Whole("subset", &o.subset, 0, 0, 60000, say.Text("train on this many `images` only, and validate on a fifth as many; 0 is all of them")),
	)
}

// OutFlag chooses the folder of the report.
func OutFlag(to *string) []cli.Flag {
	return console.Section(say.Text("Report"),
		console.String("out", to, "", say.Sprintf("`folder` to write to, in place of files of the same names (default: a new one in %s)", reportdir.Runs), nil, console.FolderName),
	)
}

// DemoFlags are all flags of a training with a report.
func (o *Options) DemoFlags() []cli.Flag {
	return slices.Concat(o.NetworkFlags(), o.TrainingFlags(), o.DataFlags(), OutFlag(&o.Out))
}

// Check refuses values that conflict. It reports settings of the environment that have no effect.
func (o Options) Check(cmd *cli.Command) error {
	console.ReportSettings(cmd.ErrWriter)
	if o.subset > 0 && o.subset < o.Batch {
		return console.Conflict(cmd, "subset", o.subset, say.Sprintf("at least %d, the images of one batch (-batch)", o.Batch))
	}
	if o.imageSize > 0 && o.dataDir == "" {
		return console.Conflict(cmd, "image-size", o.imageSize, say.Text("0 without a folder of PNG or JPEG images (-data)"))
	}
	if norm, err := graph.ParseNorm(o.norm); err == nil && norm == graph.BN && o.Batch == 1 {
		return console.Conflict(cmd, "batch", o.Batch, say.Text("at least 2 with -norm bn: one sample has no variance"))
	}
	skip, subject := o.skip, say.Text("a residual network")
	if !o.Single {
		skip, subject = 2, say.Text("one of the four networks is residual, and")
	}
	if skip > 0 && (o.Depth < 1+skip || (o.Depth-1)%skip != 0) {
		blocks := max(1, (o.Depth-1)/skip)
		return console.Conflict(cmd, "depth", o.Depth, say.Sprintf("%d or %d (%s has one layer before its blocks and %d in each block)",
			1+skip*blocks, 1+skip*(blocks+1), subject, skip))
	}
	return nil
}

// initializer is the initialiser of -init; nil without the flag.
func (o Options) initializer() (initializer.Initializer, error) {
	if o.init == "" {
		return nil, nil
	}
	return initializer.Parse(o.init)
}

// NewFolder makes the folder of -out, or one with the time and a name.
func (o Options) NewFolder(name string) (*reportdir.Folder, error) {
	if o.Out != "" {
		return reportdir.New(o.Out)
	}
	return reportdir.NewRun(o.Now(), name)
}
