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
		Name: "check", Usage: say.Text("tell by the exit status whether a network's gradients are healthy"),
		Description: say.Text(`Trains a network for a few steps on images of clothes (Fashion-MNIST), and tells whether its gradients are healthy. Of a sick
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
trials of remedies were missing.`),
		Flags: slices.Concat(c.networkFlags(), c.stepFlags(), section(say.Text("Training"),
			whole("steps", &c.steps, 10, 1, 1e6, say.Text("`steps` of training")),
			toggle("no-remedies", &c.noRemedies, say.Text("do not try remedies on a sick network")),
		), c.dataFlags(), section(say.Text("Report"),
			text("json", &c.json, "", say.Text("`file` to write the profile to, for demo report and demo compare"), nil, anything),
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

// run checks the network, keeps its profile and prints what was found. Of a check that is broken off there is a profile, and
// a verdict if only the trials of remedies were.
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
	found, err := await(end, func() (vanishing.Diagnosis, error) {
		return vanishtest.Options{
			Context: ctx, Optimizer: optimizer, Batch: c.batch, Steps: c.steps, Seed: c.seed, NoRemedies: c.noRemedies, Language: say,
			Recorder: recorder, Callbacks: []train.Callback{kept},
		}.Check(n.model, trainSet)
	})
	if end.Err() != nil && len(found.Profile.Records) == 0 {
		found.Profile = kept.load()
	}
	if len(found.Profile.Records) == 0 || err != nil && !errors.Is(err, context.Canceled) {
		return false, err
	}
	found.Profile.Name, found.Profile.Cost = n.name, nil // without times the output of two runs is the same
	last, cancel := later(end, printTime)
	defer cancel()
	saved := awaitDone(last, func() error { return c.keep(found) })
	printed := awaitDone(last, func() error { return printFound(out, found) })
	return len(vanishtest.Sick(found)) > 0, stderrors.Join(saved, printed, err)
}

// keep writes the profile to a file, if one was named.
func (c check) keep(d vanishing.Diagnosis) error {
	if c.json == "" {
		return nil
	}
	if d.Sentence == "" { // the steps were broken off
		d = vanishing.Diagnose(d.Profile)
	}
	return files.Write(c.json, func(w io.Writer) error { return report.JSON(w, d) })
}

// printFound prints the diagnosis, if there is one.
func printFound(out io.Writer, d vanishing.Diagnosis) error {
	if d.Sentence == "" {
		return nil
	}
	if len(vanishtest.Sick(d)) > 0 {
		return report.TextFor(out).Table(out, d)
	}
	_, err := fmt.Fprintf(out, "%s\n%s\n", say.Sprintf("%s: %s", d.Profile.Name, d.Verdict.In(say)), d.Sentence)
	return err
}
