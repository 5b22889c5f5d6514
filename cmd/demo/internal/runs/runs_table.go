package runs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// runsCommand is demo runs.
func runsCommand() *cli.Command {
	return &cli.Command{
		Name: "runs", Usage: say.Text("list runs with what differs between them and how they ended"), ArgsUsage: say.Text("[folder]"),
		Description: say.Text(`Lists the runs of demo train in a folder: their states, the scores of their last epochs, the verdicts on their gradients, and
the settings that are not the same in all of them. Without a folder it lists gradflow-runs.

Examples:
  demo runs
  demo runs experiments

Exit status:
  0    the runs were listed
  1    the folder or one of its runs could not be read (the others are listed), or the list not printed
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		ArgValidator: console.UpToOneArgument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			folder := reportdir.Runs
			if cmd.Args().Present() {
				folder = cmd.Args().First()
			}
			return console.AwaitDone(ctx, func() error { return listRuns(cmd, folder) })
		},
	}
}

// listRuns prints the runs in a folder.
func listRuns(cmd *cli.Command, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var paths []string
	for _, e := range entries {
		if path := filepath.Join(folder, e.Name()); e.Name() != reportdir.LatestName && IsFolder(path) {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return errors.New(say.Sprintf("%s: got no run, want folders of demo train", folder))
	}
	_, unread, err := Print(cmd, paths)
	for _, e := range unread {
		fmt.Fprintf(cmd.ErrWriter, "demo: %s\n", printable.Text(e.Error()))
	}
	if err == nil && len(unread) > 0 {
		err = console.Exit(console.ExitFailure)
	}
	return err
}

// Print prints a table of the runs that can be read, and returns their number and the errors of the others. Without one it prints nothing.
func Print(cmd *cli.Command, paths []string) (listed int, unread []error, err error) {
	rows := [][]string{{
		say.Text("run"), say.Text("state"), say.Text("epoch"), say.Text("step"), say.Text("train loss"), say.Text("val loss"), say.Text("val accuracy"), say.Text("verdict"), say.Text("settings that differ"),
	}}
	var runs []savedRun
	for _, path := range paths {
		run, err := readRun(cmd, path)
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		var row []string
		if err == nil {
			row, err = run.row()
		}
		if err != nil {
			unread = append(unread, ofSavedRun(err))
			continue
		}
		runs, rows = append(runs, run), append(rows, row)
	}
	if len(runs) == 0 {
		return 0, unread, nil
	}
	for i, different := range differences(runs) {
		rows[i+1] = append(rows[i+1], different)
	}
	return len(runs), unread, console.PrintColumns(cmd.Writer, rows, 2)
}

// row is the row of a run, without the settings.
func (r savedRun) row() ([]string, error) {
	m, err := readMetrics(filepath.Join(r.path, metricsName))
	if err != nil {
		return nil, err
	}
	verdict := "-"
	if r.info.Verdict != "" {
		verdict = printable.Text(say.Text(r.info.Verdict))
	}
	return []string{
		printable.Text(filepath.Base(r.path)), r.state(), m.text("epoch"), m.text("step"), m.text("train_loss"), m.text("val_loss"), m.text("val_accuracy"), verdict,
	}, nil
}

// The texts of states, which say.Text looks up.
var _ = []string{lang.Key("running"), lang.Key("finished"), lang.Key("stopped"), lang.Key("failed")}

// state is the state of a run for people. One that is running may have been killed.
func (r savedRun) state() string {
	if r.info.State == stateRunning && !r.locked() {
		return say.Text("killed")
	}
	return printable.Text(say.Text(r.info.State))
}

// locked reports whether a process is writing checkpoints of the run.
func (r savedRun) locked() bool {
	return checkpoint.InUse(filepath.Join(r.path, checkpointsName))
}

// differences are the settings of each run that are not the same in all of them.
func differences(runs []savedRun) []string {
	count := make(map[string]int)
	for _, r := range runs {
		for _, s := range r.read() {
			count[s.name+": "+s.value]++
		}
	}
	list := make([]string, len(runs))
	for i, r := range runs {
		var different []string
		for _, s := range r.read() {
			if count[s.name+": "+s.value] < len(runs) {
				different = append(different, printable.Text(s.name+"="+s.value))
			}
		}
		list[i] = strings.Join(different, " ")
	}
	return list
}

// read are the settings that a run reads: -model has a network of its own.
func (r savedRun) read() []setting {
	if r.training.Model == "" {
		return r.list
	}
	return slices.DeleteFunc(slices.Clone(r.list), func(s setting) bool {
		return slices.ContainsFunc(new(setup.Options).NetworkFlags(), func(f cli.Flag) bool { return f.Names()[0] == s.name })
	})
}

// A metricsRow holds the numbers of a record.
type metricsRow map[string]json.RawMessage

// text is a number for a table; "-" if there is none.
func (m metricsRow) text(name string) string {
	raw := strings.Trim(string(m[name]), `"`) // NaN has quotes
	var v float64
	switch {
	case raw == "":
		return "-"
	case json.Unmarshal([]byte(raw), &v) != nil:
		return printable.Text(raw)
	case name == "step" || name == "epoch":
		return fmt.Sprint(int(v) + 1) // as people count
	}
	return console.Number(v)
}

// readMetrics reads the last scores of a run's epochs, with the last step that was recorded. There are none without the file.
func readMetrics(path string) (metricsRow, error) {
	var epoch, last []byte
	err := metricsLines(path, func(line []byte) error {
		last = line
		if bytes.Contains(line, []byte(`"train_loss":`)) {
			epoch = line
		}
		return nil
	})
	row := make(metricsRow)
	for _, line := range [][]byte{epoch, last} {
		if err == nil && line != nil {
			err = errors.Wrap(json.Unmarshal(line, &row), path)
		}
	}
	return row, err
}
