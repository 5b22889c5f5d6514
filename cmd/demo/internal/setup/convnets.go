package setup

import (
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/augment"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train/schedule"
)

// The training of He et al. 2015, sec. 4.2, which -model takes for what the command line does not set.
const (
	paperRate  = 0.1
	paperDecay = 1e-4
	paperBatch = 128
	timeEpochs = 164 // 64,000 steps of 50,000 images
)

// ModelFlags choose a convolutional network or a language model, and how it is trained.
func (o *Options) ModelFlags() []cli.Flag {
	return append(console.Section(say.Text("Convolutional network, or network for a text"),
		console.String("model", &o.Model, "", say.Text("`name` of a convolutional network, such as resnet20, plain20 or preresnet56, which reads none of the flags of the network above; or gpt, lstm, gru or rnn for a text, which reads -depth and -width (default with a text: 4 layers of width 128 for gpt, 2 of 256 for the others)"), trainedNames(), checkTrained),
		o.AugmentFlag(),
		console.Duration("time", &o.Time, say.Text("end the training after as many epochs as fit into a `time` such as 15m; without -epochs they are at most 164, with -model, or 1000 for a text")),
	), o.textFlags()...)
}

// ModelFlag chooses a convolutional network.
func (o *Options) ModelFlag() cli.Flag {
	return console.String("model", &o.Model, "", say.Text("`name` of a convolutional network, such as resnet20, plain20 or preresnet56; the flags of the network are not read then"), resnet.Names(), CheckModel)
}

// AugmentFlag changes training images at random.
func (o *Options) AugmentFlag() cli.Flag {
	return console.Toggle("augment", &o.Augment, say.Text("move each training image by up to 4 pixels, and mirror every second one"))
}

// CheckModelFlags refuses flags that do not fit -model, and sets what the command line does not: see [Options.CheckConvolutional].
func (o *Options) CheckModelFlags(cmd *cli.Command) error {
	if err := o.checkText(cmd); err != nil || o.IsText() {
		return err
	}
	return o.CheckConvolutional(cmd)
}

// CheckConvolutional refuses flags that need -model, and sets what the command line does not set as in the paper.
func (o *Options) CheckConvolutional(cmd *cli.Command) error {
	if o.Model == "" && o.Augment {
		return console.Conflict(cmd, "augment", o.Augment, say.Text("a convolutional network (-model): dense networks read rows of numbers"))
	}
	if o.Model == "" {
		return nil
	}
	if cmd.Name == "train" || cmd.Name == "rate" { // the other commands train shortly, for which 64 are better
		setDefault(cmd, "batch", paperBatch)
	}
	if o.Rate == 0 && o.IsSGD() {
		setDefault(cmd, "lr", paperRate)
	}
	if o.Time > 0 {
		setDefault(cmd, "epochs", timeEpochs)
	}
	return nil
}

// setDefault sets a flag that the command line does not set, as if it did, so that the settings of a run hold it.
func setDefault(cmd *cli.Command, flag string, v any) {
	if !cmd.IsSet(flag) {
		cmd.Set(flag, fmt.Sprint(v)) // a valid value of a flag that exists
	}
}

// decay is the weight decay of convolutional networks and language models.
func (o Options) decay() float64 {
	switch {
	case o.Model == "":
		return 0
	case o.IsText():
		return textDecay
	}
	return paperDecay
}

// Schedule divides the rate of convolutional networks by ten after a half and after three quarters of the steps. That of language models
// rises for a tenth of the steps, and falls to the end.
func (o Options) Schedule() schedule.Schedule {
	switch {
	case o.Model == "":
		return nil
	case o.IsText():
		return schedule.OneCycle{Rise: 0.1}
	}
	return schedule.Func(func(step, total int) float64 {
		switch {
		case 4*step >= 3*total:
			return 0.01
		case 2*step >= total:
			return 0.1
		}
		return 1
	})
}

// Transforms are those of the training images.
func (o Options) Transforms() []data.Transform {
	if !o.Augment {
		return nil
	}
	return []data.Transform{augment.PadAndCrop{}, augment.Flip{}}
}

// CheckModel refuses an unknown name.
func CheckModel(text string) error {
	if _, _, err := resnet.Named(text, 1); err != nil {
		return console.UnknownName("model", text, resnet.Names())
	}
	return nil
}
