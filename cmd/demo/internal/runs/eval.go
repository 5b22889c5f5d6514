package runs

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/metric"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// evalCommand is demo eval.
func evalCommand() *cli.Command {
	var best, out string
	return &cli.Command{
		Name: "eval", Usage: say.Text("score a trained network on its validation images"), ArgsUsage: say.Text("[run]"),
		Description: say.Text(`Scores the network of a run on the validation images that its settings name, with the weights of its newest whole checkpoint.
Without a run it takes the last one, gradflow-runs/latest. With -out it also writes which classes the network takes for which,
as text and as a picture. If the training images are no longer those of the run, it says so.

Examples:
  demo eval
  demo eval -out scores
  demo eval -best val_loss gradflow-runs/2026-01-02T15-04-05-plain-tanh

Exit status:
  0    the network was scored
  1    the run or its images could not be read, or the scores not printed or written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: append(console.Section(say.Text("Run"), bestFlag(&best)), console.Section(say.Text("Report"),
			console.String("out", &out, "", say.Text("`folder` for the confusion matrix (default: it is not written)"), nil, console.FolderName))...),
		ArgValidator: console.UpToOneArgument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			run, err := runOf(cmd)
			if err != nil {
				return err
			}
			return console.AwaitDone(ctx, func() error { return run.eval(ctx, best, out, console.Lasting(cmd.Writer), cmd.ErrWriter) })
		},
	}
}

// eval prints the scores, and writes the confusion matrix to a folder, if one is given.
func (r savedRun) eval(ctx context.Context, best, out string, w, log io.Writer) error {
	c, err := r.checkpoint(best)
	if err != nil {
		return err
	}
	trainSet, valSet, network, err := r.subject(ctx)
	if err != nil {
		return err
	}
	if same, err := train.TrainedOn(c, trainSet); err != nil {
		return err
	} else if !same {
		say.Fprintf(log, "demo: the training data are no longer those of the run: some of what the network was trained on may be among the validation data\n")
	}
	trainer, err := r.trainer(network, c)
	if err != nil {
		return err
	}
	scored := []metric.Metric{metric.BalancedAccuracy{}, metric.F1{}, metric.CalibrationError{}}
	matrix := &metric.Confusion{Names: valSet.Classes}
	trainer.Metrics = append(scored, confusionMetric{matrix})
	scores, err := trainer.Evaluate(ctx, valSet)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s\n\n", r.title(c)); err != nil {
		return err
	}
	if err := console.PrintColumns(w, scoreRows(scored, scores), 2); err != nil || out == "" {
		return err
	}
	return writeConfusion(ctx, out, matrix, w)
}

// A confusionMetric counts into one matrix, which is read after the evaluation.
type confusionMetric struct{ matrix *metric.Confusion }

func (confusionMetric) Name() string              { return "confusion" }
func (m confusionMetric) New() metric.Accumulator { return m.matrix }

// writeConfusion writes a confusion matrix as text and as a picture.
func writeConfusion(ctx context.Context, out string, matrix *metric.Confusion, w io.Writer) error {
	to, err := reportdir.New(out)
	if err != nil {
		return err
	}
	defer to.Close()
	to.Write(ctx, "confusion.txt", func(w io.Writer) error {
		_, err := io.WriteString(w, matrix.String())
		return err
	})
	to.Picture(ctx, "confusion", func() (*plot.Figure, error) { return plot.Confusion(matrix) })
	return to.Finish(w)
}

// scoreRows are the rows of a table of scores.
func scoreRows(metrics []metric.Metric, s train.Scores) [][]string {
	rows := [][]string{
		{say.Text("validation loss"), console.Number(s.Loss)},
		{say.Text("accuracy"), fmt.Sprintf("%.4f", s.Accuracy)},
	}
	for _, m := range metrics {
		rows = append(rows, []string{say.Stored(m.Name()), fmt.Sprintf("%.4f", s.Metrics[m.Name()])})
	}
	return rows
}
