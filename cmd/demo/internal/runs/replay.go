package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
	"github.com/gradflow/gradflow/vanishing/spike"
)

// replayCommand is demo replay.
func replayCommand() *cli.Command {
	step := -1
	return &cli.Command{
		Name: "replay", Usage: say.Text("repeat the steps around a spike, and say what began it"), ArgsUsage: say.Text("[run]"),
		Description: say.Text(`Goes back to a checkpoint from before a spike in the loss, or to the beginning of the run, repeats the steps of the run bit by
bit with everything recorded, and names what was unusual first: the learning rate, samples of the batch, a layer, or the first
value that is not finite. demo train looks for spikes by itself, and keeps a checkpoint from before each. Without -step the
first one is taken, and without a run the last one, gradflow-runs/latest.

The recorded steps are written to a folder replay-STEP in that of the run: profiles.json and report.html.

Examples:
  demo replay
  demo replay -step 1200 gradflow-runs/2026-01-02T15-04-05-plain-tanh

Exit status:
  0    the steps were repeated
  1    the run, its images or a checkpoint could not be read, or a file not written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags:        console.Section(say.Text("Run"), console.Whole("step", &step, -1, 0, 1e9, say.Text("the `step` of the spike (default: the first spike that was found)"))),
		ArgValidator: console.UpToOneArgument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			run, err := runOf(cmd)
			if err != nil {
				return err
			}
			return console.AwaitDone(ctx, func() error { return run.replay(ctx, step, console.Lasting(cmd.Writer)) })
		},
	}
}

// replay repeats the steps around a spike.
func (r savedRun) replay(ctx context.Context, step int, w io.Writer) error {
	step, err := r.spike(step)
	if err != nil {
		return err
	}
	from, err := r.before(step)
	if err != nil {
		return err
	}
	losses, err := readLosses(filepath.Join(r.path, metricsName))
	if err != nil {
		return err
	}
	trainSet, valSet, network, err := r.subject(ctx)
	if err != nil {
		return err
	}
	trainer, err := r.training.NewTrainer(network)
	if err != nil {
		return err
	}
	found, err := spike.Replay{Trainer: trainer, Train: trainSet, Val: valSet, From: from, Step: step, Losses: losses}.Run(ctx)
	if err != nil {
		text, isStep := strings.CutPrefix(err.Error(), "spike: Replay.Step: ")
		if isStep {
			err = errors.New("-step: " + text)
		}
		return err
	}
	if _, err := fmt.Fprintf(w, "%s: %s\n\n%s", printable.Text(r.path), printable.Text(r.info.Network), found.In(say.Language)); err != nil {
		return err
	}
	return r.writeReplay(ctx, found, w)
}

// spike is the step of -step or, if that is -1, of the first spike of the run.
func (r savedRun) spike(step int) (int, error) {
	if step >= 0 {
		return step, nil
	}
	events, err := readEvents(r.path)
	if err != nil {
		return 0, err
	}
	if len(events) == 0 {
		return 0, errors.New(say.Sprintf("%s: no spike was found in this run (choose a step with -step)", r.path))
	}
	return events[0].Step, nil
}

// enough is the number of steps before a spike from which a replay learns what is usual.
const enough = 50

// before reads the last checkpoint from enough steps before a step; nil, which is the beginning of the run, if there is none.
func (r savedRun) before(step int) (*checkpoint.Checkpoint, error) {
	var all []checkpoint.Entry
	for _, name := range []string{spikesName, checkpointsName} {
		list, err := checkpoint.List(filepath.Join(r.path, name))
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	var chosen *checkpoint.Entry
	for i, e := range all {
		if e.Step <= step-enough && !e.Restored && (chosen == nil || e.Step > chosen.Step) {
			chosen = &all[i]
		}
	}
	if chosen == nil {
		return nil, nil
	}
	return checkpoint.Read(chosen.Path)
}

// readLosses reads the losses of steps from the metrics of a run.
func readLosses(path string) (map[int]float64, error) {
	losses := make(map[int]float64)
	return losses, metricsLines(path, func(line []byte) error {
		var row struct {
			Step int
			Loss *checkpoint.Number
		}
		if err := json.Unmarshal(line, &row); err != nil {
			return err
		}
		if row.Loss != nil {
			losses[row.Step] = float64(*row.Loss)
		}
		return nil
	})
}

// writeReplay writes the recorded steps.
func (r savedRun) writeReplay(ctx context.Context, found spike.Report, w io.Writer) error {
	path := filepath.Join(r.path, "replay-"+strconv.Itoa(found.Step))
	folder, err := reportdir.Open("", path)
	if err != nil {
		return err
	}
	defer folder.Close()
	d := vanishing.DiagnoseIn(say.Language, found.Profile)
	folder.Write(ctx, "profiles.json", func(w io.Writer) error { return report.JSON(w, d) })
	folder.Write(ctx, "report.html", func(w io.Writer) error { return report.HTML(w, d) })
	if err := folder.Unsaved(); err != nil {
		return err
	}
	_, err = say.Fprintf(w, "\nThe recorded steps are in %s: profiles.json, report.html.\n", path)
	return err
}
