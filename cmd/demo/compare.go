package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// compareCommand is demo compare.
func compareCommand() *cli.Command {
	var reader report.JSONReader
	return &cli.Command{
		Name: "compare", Usage: say.Text("compare recorded profiles side by side"), ArgsUsage: say.Text("file ..."),
		Description: say.Text(`Compares the networks of recorded profiles side by side.`) + "\n\n" + say.Text(profileFiles) + "\n\n" + say.Text(`Examples:
  demo compare before/profiles.json after/profiles.json
  demo compare gradflow-runs/2026-01-02T15-04-05-plain-tanh gradflow-runs/latest

Exit status:
  0    the profiles were compared
  1    a file could not be read, or the comparison not printed
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		Flags:        section(say.Text("Profiles"), sizeFlag(&reader)),
		ArgValidator: anyArguments,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			files, err := profileArguments(cmd, false)
			if err != nil {
				return err
			}
			diagnoses, err := await(ctx, func() ([]vanishing.Diagnosis, error) { return readDiagnoses(files, reader) })
			if err != nil {
				return err
			}
			return awaitDone(ctx, func() error { return textFor(cmd.Writer).Compare(cmd.Writer, diagnoses...) })
		},
	}
}
