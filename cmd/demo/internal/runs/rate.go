package runs

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// A rateSearch is demo rate.
type rateSearch struct {
	setup.Options
	test train.RateTest
}

// rateCommand is demo rate.
func rateCommand(now func() time.Time) *cli.Command {
	s := rateSearch{Options: setup.Options{Single: true, Now: now}}
	return &cli.Command{
		Name: "rate", Usage: say.Text("find a learning rate, by a short training at a rate that grows"),
		Description: say.Text(`Trains a network for a few steps at a learning rate that grows in each step, draws the loss over the rate, and suggests the
rate at which the loss falls fastest (Smith 2017, sec. 3.3). It takes the network, the optimiser and the images that demo train
takes.

Examples:
  demo rate -depth 20 -optimizer adamw
  demo rate -model resnet20 -steps 200 -out pictures

Exit status:
  0    a rate was suggested, or the loss fell at none
  1    the training failed, or a file could not be written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: slices.Concat(console.Section(say.Text("Learning rate"),
			console.Positive("from", &s.test.From, 1e6, say.Text("the first `rate` (default: 1e-7)")),
			console.Positive("to", &s.test.To, 1e6, say.Text("the last `rate` (default: 10)")),
			console.Whole("steps", &s.test.Steps, 100, 2, 1e6, say.Text("`updates` from the first rate to the last")),
		), s.NetworkFlags(), console.Section(say.Text("Convolutional network"), s.ModelFlag(), s.AugmentFlag()), rateless(s.StepFlags()), s.DataFlags(), setup.OutFlag(&s.Out)),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := s.CheckConvolutional(cmd); err != nil {
				return err
			}
			if err := s.Check(cmd); err != nil {
				return err
			}
			if err := s.checkRange(cmd); err != nil {
				return err
			}
			return s.run(ctx, cmd)
		},
	}
}

// checkRange checks that the rate grows, with the defaults of train.RateTest.
func (s rateSearch) checkRange(cmd *cli.Command) error {
	from, to := cmp.Or(s.test.From, 1e-7), cmp.Or(s.test.To, 10)
	switch {
	case from < to:
		return nil
	case cmd.IsSet("to"):
		return console.Conflict(cmd, "to", to, say.Sprintf("a rate above that of -from, %g", from))
	}
	return console.Conflict(cmd, "from", from, say.Sprintf("a rate below that of -to, %g", to))
}

// rateless are flags without that of the learning rate.
func rateless(flags []cli.Flag) []cli.Flag {
	return slices.DeleteFunc(flags, func(f cli.Flag) bool { return f.Names()[0] == "lr" })
}

// run tests the rates, prints the suggestion and draws the losses.
func (s rateSearch) run(ctx context.Context, cmd *cli.Command) error {
	trainSet, _, err := s.Images(ctx)
	if err != nil {
		return err
	}
	networks, err := s.Networks(trainSet.X.Shape()[1:].TotalSize(), len(trainSet.Classes))
	if err != nil {
		return err
	}
	trainer, err := s.NewTrainer(networks[0])
	if err != nil {
		return err
	}
	to, err := s.NewFolder("rate")
	if err != nil {
		return err
	}
	defer to.Close()
	curve, err := console.Await(ctx, func() (train.RateCurve, error) { return trainer.FindRate(ctx, trainSet, s.test) })
	if err != nil {
		return err
	}
	out := console.Lasting(cmd.Writer)
	fmt.Fprintf(out, "%s: %s\n", networks[0].Name, s.suggestion(curve, trainer.Optimizer.Rate()))
	to.Picture(ctx, "rate", func() (*plot.Figure, error) { return plot.Rates(curve) })
	return to.Finish(out)
}

// suggestion tells the suggested rate, and the optimiser's default.
func (s rateSearch) suggestion(c train.RateCurve, preset float64) string {
	if math.IsNaN(c.Suggested) {
		return say.Sprintf("the loss falls at no rate from %.2g to %.2g by more than the noise of batches (more -steps or a larger -batch may tell more)", c.Rates[0], c.Rates[len(c.Rates)-1])
	}
	return say.Sprintf("suggested learning rate: %.2g; the default of %s is %g",
		c.Suggested, s.Optimizer, preset)
}
