package main

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/metric"
)

// evalCommand is demo eval.
func evalCommand() *cli.Command {
	var best string
	return &cli.Command{
		Name: "eval", Usage: say.Text("score a trained network on its validation images"), ArgsUsage: say.Text("[run]"),
		Description: say.Text(`Scores the network of a run on the validation images that its settings name, with the weights of its newest whole checkpoint.
Without a run it takes the last one, gradflow-runs/latest.

Examples:
  demo eval
  demo eval -best val_loss gradflow-runs/2026-01-02T15-04-05-plain-tanh

Exit status:
  0    the network was scored
  1    the run or its images could not be read, or the scores not printed
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		Flags:        section(say.Text("Run"), bestFlag(&best)),
		ArgValidator: upToOneArgument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			path, err := runArgument(cmd)
			if err != nil {
				return err
			}
			run, err := readRun(cmd, path)
			if err != nil {
				return err
			}
			return awaitDone(ctx, func() error { return run.eval(ctx, best, cmd.Writer) })
		},
	}
}

// upToOneArgument accepts at most one argument.
func upToOneArgument(_ context.Context, cmd *cli.Command) error {
	if cmd.Args().Len() > 1 {
		return &mistake{cmd: cmd, what: say.Sprintf("unexpected argument %q: want one run at most", cmd.Args().Get(1))}
	}
	return nil
}

// eval prints the scores.
func (r savedRun) eval(ctx context.Context, best string, w io.Writer) error {
	c, err := r.checkpoint(best)
	if err != nil {
		return err
	}
	trainSet, valSet, err := r.options.images(ctx)
	if err != nil {
		return err
	}
	networks, err := r.options.networks(trainSet.X.Shape()[1:].TotalSize(), len(trainSet.Classes))
	if err != nil {
		return err
	}
	trainer, err := r.trainer(networks[0], c)
	if err != nil {
		return err
	}
	trainer.Metrics = []metric.Metric{metric.BalancedAccuracy{}, metric.F1{}, metric.CalibrationError{}}
	scores, err := trainer.Evaluate(ctx, valSet)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s\n\n", r.title(c)); err != nil {
		return err
	}
	return printColumns(w, scoreRows(trainer, scores), 2)
}

// scoreRows are the rows of a table of scores.
func scoreRows(t *train.Trainer, s train.Scores) [][]string {
	rows := [][]string{
		{say.Text("validation loss"), fmt.Sprintf("%.4f", s.Loss)},
		{say.Text("accuracy"), fmt.Sprintf("%.4f", s.Accuracy)},
	}
	for _, m := range t.Metrics {
		rows = append(rows, []string{say.Stored(m.Name()), fmt.Sprintf("%.4f", s.Metrics[m.Name()])})
	}
	return rows
}
