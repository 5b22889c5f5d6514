package main

import (
	"flag"
	"io"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/live"
)

// Options are what the command line says.
type options struct {
	depth, width int
	activation   string
	init         string
	norm         string
	skip         int
	single       bool // a network was described, so train that one instead of the four

	epochs, batch int
	rate          float64
	optimizer     string
	seed          uint64

	out     string
	dataDir string
	subset  int

	server *live.Server // of the page that follows the training; nil: there is none
}

const usage = `demo trains deep networks on images of clothes (Fashion-MNIST) and shows what becomes of their gradients.

Without flags it trains four networks of the same depth: plain sigmoid, plain ReLU with small initial weights, plain ReLU
with batch normalisation, and a residual ReLU network. With any of -activation, -init, -norm or -skip it trains the one
network they describe.

  go run ./cmd/demo
  go run ./cmd/demo -depth 61 -epochs 3
  go run ./cmd/demo -activation tanh -norm ln -skip 2 -depth 21

There are commands, each with a -h of its own:

  demo train      train one network, with a page to watch it on
  demo check      tell by the exit status whether a network's gradients are healthy
  demo report     make reports of recorded profiles
  demo compare    set recorded profiles side by side
  demo structure  print what a network is made of
  demo graph      print the graph of a network, and how it is compiled
  demo version    what it computes with, and why

The exit status is 0 after a training, 1 if it failed or a file could not be written, 2 after a mistake in the command
line. Ctrl-C, SIGTERM or SIGHUP ends the training within two seconds and the status is 130, 143 or 129. The report then
holds what there was: profiles.json in any case, of which demo report makes the other files, and of those what is ready in
time. A second signal kills.

GRADFLOW_BLAS=go or openblas chooses the matrix products.

Flags without a command:
`

// parse reads the command line without a command. Errors and help have been printed to w when it returns one.
func parse(args []string, w io.Writer) (options, error) {
	var o options
	f := newFlags("demo", usage, w)
	o.networkFlags(f)
	o.trainingFlags(f)
	o.dataFlags(f)
	f.StringVar(&o.out, "out", "gradflow-report", "`folder` to write the report to")
	return o, read(f, args, func() error {
		f.Visit(func(set *flag.Flag) {
			switch set.Name {
			case "activation", "init", "norm", "skip":
				o.single = true
			}
		})
		return o.validate(f.Args())
	})
}

// networkFlags describe a network.
func (o *options) networkFlags(f *flag.FlagSet) {
	f.IntVar(&o.depth, "depth", 31, "number of hidden `layers`: in a residual network one before the blocks, the rest in blocks of -skip layers")
	f.IntVar(&o.width, "width", 64, "`units` in each hidden layer")
	f.StringVar(&o.activation, "activation", "relu", "`name`: relu, leaky_relu, elu, selu, gelu, gelu_tanh, silu, sigmoid, tanh, erf, softsign, softplus, identity")
	f.StringVar(&o.init, "init", "", "initial weights, by `rule`: xavier, he, lecun, orthogonal, torch, normal:0.05, uniform:-0.1,0.1, ... (default: what suits the activation)")
	f.StringVar(&o.norm, "norm", "none", "normalisation between linear map and activation, `kind`: none, bn (batch), ln (layer)")
	f.IntVar(&o.skip, "skip", 0, "`layers` that a residual connection jumps over; 0 is a plain network")
}

// trainingFlags say how it is trained.
func (o *options) trainingFlags(f *flag.FlagSet) {
	f.IntVar(&o.epochs, "epochs", 5, "`passes` through the training images")
	o.stepFlags(f)
}

// stepFlags say what a step of training is.
func (o *options) stepFlags(f *flag.FlagSet) {
	f.IntVar(&o.batch, "batch", 64, "`images` in a training step")
	f.Float64Var(&o.rate, "lr", 0, "learning `rate` (default: 0.001 for adam, 0.01 for the others)")
	f.StringVar(&o.optimizer, "optimizer", "momentum", "`name`: sgd, momentum, nesterov, adam")
	f.Uint64Var(&o.seed, "seed", 1, "seed of all that is random; the same `number` gives the same results")
}

// dataFlags say on what.
func (o *options) dataFlags(f *flag.FlagSet) {
	f.StringVar(&o.dataDir, "data", "", "`folder` with the four Fashion-MNIST or MNIST files in IDX format, gzipped or not (default: the built-in sample of 12,000 images)")
	f.IntVar(&o.subset, "subset", 0, "train on this many `images` only, and validate on a fifth as many (default: all)")
}

// validate explains values that cannot be.
func (o options) validate(rest []string) error {
	if len(rest) > 0 {
		return errors.Errorf("what is %q? Flags begin with a dash, as in -batch 32", strings.Join(rest, " "))
	}
	for _, c := range []struct {
		flag            string
		value, min, max int
	}{
		{"depth", o.depth, 1, 1000}, {"width", o.width, 1, 4096}, {"skip", o.skip, 0, 1000}, {"epochs", o.epochs, 1, 1e6},
		{"batch", o.batch, 2, 60000}, {"subset", o.subset, 0, 60000},
	} {
		if c.value < c.min || c.value > c.max {
			return errors.Errorf("-%s is %d, but must be from %d to %d", c.flag, c.value, c.min, c.max)
		}
	}
	if !(o.rate >= 0) || o.rate > 1e6 {
		return errors.Errorf("-lr is %g, but must be above 0 and at most 1000000 (or left out for the default)", o.rate)
	}
	if o.subset > 0 && o.subset < o.batch {
		return errors.Errorf("-subset is %d, less than one batch of %d", o.subset, o.batch)
	}
	if _, err := o.newOptimizer(); err != nil {
		return err
	}
	return o.validateNetwork()
}

func (o options) validateNetwork() error {
	if _, err := graph.ParseActivation(o.activation); err != nil {
		return err
	}
	if _, err := graph.ParseNorm(o.norm); err != nil {
		return err
	}
	if _, err := o.initializer(); err != nil {
		return err
	}
	skip := o.skip
	if !o.single {
		skip = 2
	}
	if skip > 0 && (o.depth < 1+skip || (o.depth-1)%skip != 0) {
		which := "a residual network"
		if !o.single {
			which = "one of the four networks is residual, and"
		}
		return errors.Errorf("-depth is %d, but %s has one layer before its blocks and %d in each block: try %d or %d",
			o.depth, which, skip, 1+skip*max(1, (o.depth-1)/skip), 1+skip*(max(1, (o.depth-1)/skip)+1))
	}
	return nil
}

// initializer is the one asked for, or nil.
func (o options) initializer() (initializer.Initializer, error) {
	if o.init == "" {
		return nil, nil
	}
	return initializer.Parse(o.init)
}

// newOptimizer makes the optimiser. Each network needs its own.
func (o options) newOptimizer() (optim.Optimizer, error) {
	switch o.optimizer { // a rate of 0 is the optimiser's own default
	case "sgd":
		return &optim.SGD{LearningRate: o.rate}, nil
	case "momentum":
		return &optim.SGD{LearningRate: o.rate, Momentum: 0.9}, nil
	case "nesterov":
		return &optim.SGD{LearningRate: o.rate, Momentum: 0.9, Nesterov: true}, nil
	case "adam":
		return &optim.Adam{LearningRate: o.rate}, nil
	}
	return nil, errors.Errorf("-optimizer is %q, but must be sgd, momentum, nesterov or adam", o.optimizer)
}
