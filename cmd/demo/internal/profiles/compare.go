package profiles

import (
	"context"
	stderrors "errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/runs"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// compareCommand is demo compare.
func compareCommand() *cli.Command {
	var reader report.JSONReader
	return &cli.Command{
		Name: "compare", Usage: say.Text("compare recorded profiles side by side"), ArgsUsage: say.Text("file ..."),
		Description: say.Sentences(say.Text(`Compares the networks of recorded profiles side by side.`), say.Text(`Of the folders of runs it also shows the settings
that differ, and the last scores.`)) + "\n\n" + say.Text(profileFiles) + "\n\n" + say.Text(`Examples:
  demo compare before/profiles.json after/profiles.json
  demo compare gradflow-runs/2026-01-02T15-04-05-plain-tanh gradflow-runs/latest

Exit status:
  0    the profiles were compared
  1    a file could not be read, or the comparison not printed
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		Flags:        console.Section(say.Text("Profiles"), sizeFlag(&reader)),
		ArgValidator: console.AnyArguments,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			folders := runFolders(cmd.Args().Slice())
			files, err := profileArguments(cmd, false)
			if err != nil {
				return err
			}
			diagnoses, unread := console.Await(ctx, func() ([]vanishing.Diagnosis, error) { return readDiagnoses(files, reader) })
			if len(diagnoses) == 0 {
				return unread
			}
			return stderrors.Join(unread, console.AwaitDone(ctx, func() error { return compare(cmd, folders, diagnoses) }))
		},
	}
}

// compare prints the runs, if there are several, and then the networks side by side. A run that cannot be read is missing in the first.
func compare(cmd *cli.Command, folders []string, diagnoses []vanishing.Diagnosis) error {
	var unread []error
	if len(folders) > 1 {
		var listed int
		var err error
		if listed, unread, err = runs.Print(cmd, folders); err != nil {
			return stderrors.Join(append(unread, err)...)
		}
		if listed > 0 {
			fmt.Fprintln(cmd.Writer)
		}
	}
	return stderrors.Join(append(unread, console.TextFor(cmd.Writer).Compare(cmd.Writer, diagnoses...))...)
}

// runFolders are the arguments that are folders of runs.
func runFolders(arguments []string) (list []string) {
	for _, path := range arguments {
		if runs.IsFolder(path) {
			list = append(list, path)
		}
	}
	return list
}
