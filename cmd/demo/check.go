package main

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"
	"slices"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

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

// A check is what demo check does.
type check struct {
	options
	steps      int
	noRemedies bool
	json       string
}

// checkCommand is demo check.
func checkCommand() *cli.Command {
	c := check{options: options{single: true}}
	return &cli.Command{
		Name: "check", Usage: "tell by the exit status whether a network's gradients are healthy",
		Description: `Trains a network for a few steps on images of clothes (Fashion-MNIST), and tells whether its gradients are healthy. Of a sick
network it prints the profile, what was found and what would help.

Examples:
  demo check -depth 20 -activation sigmoid
  demo check -norm bn -steps 50 -json profile.json && echo fine

Exit status:
  0    the network is healthy
  1    the network is sick
  2    a mistake in the command line
  3    the network could not be checked, or the profile not written
  130  Ctrl-C ended the check (143: SIGTERM, 129: SIGHUP)

A signal ends the check within two seconds. What was recorded is then in the file of -json, and a verdict is printed if only
trials of remedies were missing.`,
		Flags: slices.Concat(c.networkFlags(), c.stepFlags(), section("Training",
			whole("steps", &c.steps, 10, 1, 1e6, "`steps` of training"),
			toggle("no-remedies", &c.noRemedies, "do not try remedies on a sick network"),
		), c.dataFlags(), section("Report",
			text("json", &c.json, "", "`file` to write the profile to, for demo report and demo compare", nil, anything),
		)),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := c.check(cmd); err != nil {
				return err
			}
			reportSettings(cmd.ErrWriter)
			sick, err := c.run(ctx, cmd.Writer)
			switch result := status(ctx, err, cmd.ErrWriter); {
			case result == exitFailure:
				return exit(exitUnchecked)
			case result != exitOK:
				return exit(result)
			case sick:
				return exit(exitSick)
			}
			return nil
		},
	}
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
	kept := &slowSteps{recorder: recorder}
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
