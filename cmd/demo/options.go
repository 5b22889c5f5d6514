package main

import (
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// options describe networks and their training, as the command line sets them.
type options struct {
	depth, width int
	activation   string
	init         string
	norm         string
	skip         int
	single       bool   // train the network that the flags describe instead of the four
	model        string // a convolutional network of models/resnet; empty: the flags above describe a dense one
	augment      bool

	epochs, batch int
	time          time.Duration // the training ends after as many epochs as fit; 0: no limit
	rate          float64       // 0 is the optimiser's default
	optimizer     string
	seed          uint64

	out       string // empty: a new folder in runsFolder
	dataDir   string
	imageSize int // of a folder of PNG or JPEG images; 0 keeps their size
	subset    int

	now func() time.Time // names the folder

	noteImages func(*data.Dataset, data.Moments) // sees the training images before they are normalised; nil: nothing does
}

// The names that the help lists: all of graph.ParseActivation, graph.ParseNorm and optimizerKinds, and some of
// initializer.Parse.
var (
	activations  = []string{"relu", "leaky_relu", "elu", "selu", "gelu", "gelu_tanh", "silu", "sigmoid", "tanh", "erf", "softsign", "softplus", "identity"}
	norms        = []string{"none", "bn", "ln"}
	initializers = []string{"xavier", "he", "lecun", "orthogonal", "torch", "normal", "uniform", "constant"}
	optimizers   = optimizerNames()
)

// networkFlags describe a network.
func (o *options) networkFlags() []cli.Flag {
	return section(say.Text("Network"),
		whole("depth", &o.depth, 31, 1, 1000, say.Text("number of hidden `layers`: in a residual network one before the blocks, the rest in blocks of -skip layers")),
		whole("width", &o.width, 64, 1, 4096, say.Text("`units` in each hidden layer")),
		text("activation", &o.activation, "relu", say.Sprintf("`name`: %s", strings.Join(activations, ", ")), activations, func(text string) error {
			if _, err := graph.ParseActivation(text); err != nil {
				return unknownName("activation", text, activations)
			}
			return nil
		}),
		text("init", &o.init, "", say.Text("initial weights, by `rule`: xavier, he, lecun, orthogonal, torch, normal:0.05, uniform:-0.1,0.1, ... (default: what suits the activation)"), initializers, checkInit),
		text("norm", &o.norm, "none", say.Text("normalisation between linear map and activation, `kind`: none, bn (batch), ln (layer)"), norms, func(text string) error {
			if _, err := graph.ParseNorm(text); err != nil {
				return unknownName("norm", text, norms)
			}
			return nil
		}),
		whole("skip", &o.skip, 0, 0, 1000, say.Text("`layers` that a residual connection jumps over; 0 is a plain network")),
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
		return unknownName("init", text, initializers)
	}
	return wanted(text, say.Sprintf("a rule such as he or normal:0.05 (%v)", errors.Cause(err)))
}

// trainingFlags describe the training.
func (o *options) trainingFlags() []cli.Flag {
	epochs := whole("epochs", &o.epochs, 5, 1, 1e6, say.Text("`passes` through the training images"))
	return section(say.Text("Training"), append([]cli.Flag{epochs}, o.stepFlags()...)...)
}

// stepFlags describe a training step.
func (o *options) stepFlags() []cli.Flag {
	return section(say.Text("Training"),
		whole("batch", &o.batch, 64, 2, 60000, say.Text("`images` in a training step")),
		positive("lr", &o.rate, 1e6, say.Text("learning `rate` (default: 0.001 for adam, adamw and lamb, 0.0001 for lion, 0.02 for muon, 1 for lars, 0.01 for the others)")),
		choice("optimizer", &o.optimizer, "momentum", optimizers, say.Sprintf("`name`: %s", strings.Join(optimizers, ", "))),
		whole("seed", &o.seed, 1, 0, 1<<64-1, say.Text("seed of all that is random; the same `number` gives the same results")),
	)
}

// dataFlags choose the images.
func (o *options) dataFlags() []cli.Flag {
	return section(say.Text("Images"),
		text("data", &o.dataDir, "", say.Text("`folder` with the four Fashion-MNIST or MNIST files in IDX format, gzipped or not; with CIFAR-10 or CIFAR-100 in the binary version; or with a folder of PNG or JPEG images for each class (default: the built-in sample of 12,000 images of Fashion-MNIST)"), nil, anything),
		whole("image-size", &o.imageSize, 0, 0, 4096, say.Text("resize PNG and JPEG images to this many `pixels` in height and width; 0 keeps their size")),
		whole("subset", &o.subset, 0, 0, 60000, say.Text("train on this many `images` only, and validate on a fifth as many; 0 is all of them")),
	)
}

// outFlag chooses the folder of the report.
func outFlag(to *string) []cli.Flag {
	return section(say.Text("Report"),
		text("out", to, "", say.Sprintf("`folder` to write to (default: a new one in %s)", runsFolder), nil, func(text string) error {
			if text == "" {
				return wanted(text, say.Text("the name of a folder"))
			}
			return nil
		}),
	)
}

// demoFlags are all flags of a training with a report.
func (o *options) demoFlags() []cli.Flag {
	return slices.Concat(o.networkFlags(), o.trainingFlags(), o.dataFlags(), outFlag(&o.out))
}

// check refuses values that conflict.
func (o options) check(cmd *cli.Command) error {
	if o.subset > 0 && o.subset < o.batch {
		return conflict(cmd, "subset", o.subset, say.Sprintf("at least %d, the images of one batch (-batch)", o.batch))
	}
	if o.imageSize > 0 && o.dataDir == "" {
		return conflict(cmd, "image-size", o.imageSize, say.Text("0 without a folder of PNG or JPEG images (-data)"))
	}
	skip, subject := o.skip, say.Text("a residual network")
	if !o.single {
		skip, subject = 2, say.Text("one of the four networks is residual, and")
	}
	if skip > 0 && (o.depth < 1+skip || (o.depth-1)%skip != 0) {
		blocks := max(1, (o.depth-1)/skip)
		return conflict(cmd, "depth", o.depth, say.Sprintf("%d or %d (%s has one layer before its blocks and %d in each block)",
			1+skip*blocks, 1+skip*(blocks+1), subject, skip))
	}
	return nil
}

// initializer is the initialiser of -init; nil without the flag.
func (o options) initializer() (initializer.Initializer, error) {
	if o.init == "" {
		return nil, nil
	}
	return initializer.Parse(o.init)
}

// newFolder makes the folder of -out, or one with the time and a name.
func (o options) newFolder(name string) (*folder, error) {
	if o.out != "" {
		return newFolder(o.out)
	}
	return newRun(o.now(), name)
}
