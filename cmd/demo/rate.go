package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// A rateSearch is demo rate.
type rateSearch struct {
	options
	test train.RateTest
}

// rateCommand is demo rate.
func rateCommand(now func() time.Time) *cli.Command {
	s := rateSearch{options: options{single: true, now: now}}
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
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)`),
		Flags: slices.Concat(section(say.Text("Learning rate"),
			positive("from", &s.test.From, 1e6, say.Text("the first `rate` (default: 1e-7)")),
			positive("to", &s.test.To, 1e6, say.Text("the last `rate` (default: 10)")),
			whole("steps", &s.test.Steps, 100, 2, 1e6, say.Text("`updates` from the first rate to the last")),
		), s.networkFlags(), section(say.Text("Convolutional network"), s.modelFlag(), s.augmentFlag()), rateless(s.stepFlags()), s.dataFlags(), outFlag(&s.out)),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := s.checkConvolutional(cmd); err != nil {
				return err
			}
			if err := s.check(cmd); err != nil {
				return err
			}
			return s.run(ctx, cmd)
		},
	}
}

// rateless are flags without that of the learning rate.
func rateless(flags []cli.Flag) []cli.Flag {
	return slices.DeleteFunc(flags, func(f cli.Flag) bool { return f.Names()[0] == "lr" })
}

// run tests the rates, prints the suggestion and draws the losses.
func (s rateSearch) run(ctx context.Context, cmd *cli.Command) error {
	trainSet, _, err := s.images(ctx)
	if err != nil {
		return err
	}
	networks, err := s.networks(trainSet.X.Shape()[1:].TotalSize(), len(trainSet.Classes))
	if err != nil {
		return err
	}
	trainer, err := s.newTrainer(networks[0])
	if err != nil {
		return err
	}
	to, err := s.newFolder("rate")
	if err != nil {
		return err
	}
	defer to.close()
	curve, err := await(ctx, func() (train.RateCurve, error) { return trainer.FindRate(ctx, trainSet, s.test) })
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(cmd.Writer, "%s: %s\n", networks[0].name, s.suggestion(curve, trainer.Optimizer.Rate())); err != nil {
		return err
	}
	to.picture(ctx, "rate", func() (*plot.Figure, error) { return plot.Rates(curve) })
	return to.finish(cmd.Writer)
}

// suggestion tells the suggested rate, and the optimiser's default.
func (s rateSearch) suggestion(c train.RateCurve, preset float64) string {
	if math.IsNaN(c.Suggested) {
		return say.Sprintf("the loss falls at no rate from %.2g to %.2g", c.Rates[0], c.Rates[len(c.Rates)-1])
	}
	return say.Sprintf("suggested learning rate: %.2g; the default of %s is %g",
		c.Suggested, s.optimizer, preset)
}
