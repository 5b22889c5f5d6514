package main

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
	"github.com/gradflow/gradflow/vanishing/vanishtest"
)

// The exit statuses of demo check, besides exitUsage and exitInterrupted.
const (
	exitHealthy   = 0
	exitSick      = 1
	exitUnchecked = 3
)

const checkUsage = `demo check trains a network for a few steps on images of clothes (Fashion-MNIST), and tells whether its gradients are
healthy.

  go run ./cmd/demo check -depth 20 -activation sigmoid
  go run ./cmd/demo check -norm bn -steps 50 -json profile.json && echo fine

The exit status is 0 if the network is healthy and 1 if it is sick: its profile, what was found and what would help are then
printed. It is 2 after a mistake in the command line, 3 if the network could not be checked or the profile not written, and
130, 143 or 129 after Ctrl-C, SIGTERM or SIGHUP, which ends the check within two seconds. What was recorded is then in the
file of -json, and a verdict is printed if only trials of remedies were missing.

Flags:
`

// A check is what demo check does.
type check struct {
	options
	steps      int
	noRemedies bool
	json       string
}

// checkCommand is demo check.
func checkCommand(ctx context.Context, args []string, out, log io.Writer) int {
	c := check{options: options{single: true, epochs: 1}}
	f := newFlags("demo check", checkUsage, log)
	c.networkFlags(f)
	c.stepFlags(f)
	c.dataFlags(f)
	f.IntVar(&c.steps, "steps", 10, "`steps` of training")
	f.BoolVar(&c.noRemedies, "no-remedies", false, "do not try remedies on a sick network")
	f.StringVar(&c.json, "json", "", "`file` to write the profile to, for demo report and demo compare")
	if err := read(f, args, func() error {
		if c.steps < 1 || c.steps > 1e6 {
			return errors.Errorf("-steps is %d, but must be from 1 to 1000000", c.steps)
		}
		return c.validate(f.Args())
	}); err != nil {
		return usageStatus(err)
	}
	sick, err := c.run(ctx, out)
	switch result := status(ctx, err, log); {
	case result == exitFailure:
		return exitUnchecked
	case result != exitOK:
		return result
	case sick:
		return exitSick
	}
	return exitHealthy
}

// A checked network is what its check found.
type checked struct {
	profile   vanishing.Profile
	diagnosis vanishing.Diagnosis
}

// run checks the network, keeps its profile and prints what was found. Of a check that is broken off there is a profile, and
// a diagnosis if only the trials of remedies were.
func (c check) run(ctx context.Context, out io.Writer) (sick bool, err error) {
	trainSet, _, err := c.images(ctx)
	if err != nil {
		return false, err
	}
	n, err := c.described(trainSet.X.Shape()[1], len(trainSet.Classes))
	if err != nil {
		return false, err
	}
	optimizer, err := c.newOptimizer()
	if err != nil {
		return false, err
	}
	recorder := &vanishing.Recorder{Details: vanishing.Every(1)}
	kept := &latest{recorder: recorder}
	end, cancel := later(ctx, stepTime)
	defer cancel()
	found, err := await(end, func() (checked, error) {
		p, d, err := vanishtest.Options{
			Context: ctx, Optimizer: optimizer, Batch: c.batch, Steps: c.steps, Seed: c.seed, NoRemedies: c.noRemedies,
			Recorder: recorder, Callbacks: []train.Callback{kept},
		}.Check(n.model, trainSet)
		return checked{p, d}, err
	})
	if end.Err() != nil && len(found.profile.Records) == 0 {
		found.profile = kept.load()
	}
	if len(found.profile.Records) == 0 || err != nil && !errors.Is(err, context.Canceled) {
		return false, err
	}
	found.profile.Name, found.profile.Cost = n.name, nil // without times the output of two runs is the same
	last, cancel := later(end, printTime)
	defer cancel()
	saved := awaitDone(last, func() error { return c.keep(found.profile) })
	printed := awaitDone(last, func() error { return found.print(out) })
	return len(vanishtest.Sick(found.diagnosis)) > 0, stderrors.Join(saved, printed, err)
}

// keep writes the profile to a file, if one was named.
func (c check) keep(p vanishing.Profile) error {
	if c.json == "" {
		return nil
	}
	return files.Write(c.json, func(w io.Writer) error { return report.JSON(w, p) })
}

// print prints the diagnosis, if there is one.
func (c checked) print(out io.Writer) error {
	if c.diagnosis.Sentence == "" {
		return nil
	}
	if len(vanishtest.Sick(c.diagnosis)) > 0 {
		return report.TextFor(out).Table(out, c.profile, c.diagnosis)
	}
	_, err := fmt.Fprintf(out, "%s: %v\n%s\n", c.profile.Name, c.diagnosis.Verdict, c.diagnosis.Sentence)
	return err
}
