package main

import (
	"context"
	"io"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

const compareUsage = `demo compare sets the networks of recorded profiles side by side.

  go run ./cmd/demo compare before/profiles.json after/profiles.json

The files are those that demo, demo train and report.JSON write; a dash is the standard input. The exit status is 0, 1 if a
file cannot be read, 2 after a mistake in the command line, and 130, 143 or 129 after Ctrl-C, SIGTERM or SIGHUP.

Flags:
`

// compareCommand is demo compare.
func compareCommand(ctx context.Context, args []string, out, log io.Writer) int {
	var reader report.JSONReader
	f := newFlags("demo compare", compareUsage, log)
	sizeFlag(f, &reader)
	if err := read(f, args, func() error {
		if f.NArg() == 0 {
			return errors.New("which profiles? Give files as in demo compare a.json b.json")
		}
		return nil
	}); err != nil {
		return usageStatus(err)
	}
	profiles, err := await(ctx, func() ([]vanishing.Profile, error) { return readProfiles(f.Args(), reader) })
	if err == nil {
		err = awaitDone(ctx, func() error { return report.TextFor(out).Compare(out, profiles...) })
	}
	return status(ctx, err, log)
}
