package main

import (
	"context"
	"fmt"
	"io"

	"github.com/pkg/errors"

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
printed. It is 2 after a mistake in the command line, and 3 if the network could not be checked.

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
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(log, "demo: interrupted")
		return exitInterrupted
	case err != nil:
		complain(log, err)
		return exitUnchecked
	case sick:
		return exitSick
	}
	return exitHealthy
}

// run checks the network and prints what was found.
func (c check) run(ctx context.Context, out io.Writer) (sick bool, err error) {
	trainSet, _, err := c.load()
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
	p, d, err := vanishtest.Options{
		Context: ctx, Optimizer: optimizer, Batch: c.batch, Steps: c.steps, Seed: c.seed, NoRemedies: c.noRemedies,
	}.Check(n.model, trainSet)
	if err != nil {
		return false, err
	}
	p.Name, p.Cost = n.name, nil // without times the output of two runs is the same
	if err := c.keep(p); err != nil {
		return false, err
	}
	if len(vanishtest.Sick(d)) > 0 {
		return true, report.TextFor(out).Table(out, p, d)
	}
	_, err = fmt.Fprintf(out, "%s: %v\n%s\n", n.name, d.Verdict, d.Sentence)
	return false, err
}

// keep writes the profile to a file, if one was named.
func (c check) keep(p vanishing.Profile) error {
	if c.json == "" {
		return nil
	}
	return writeFile(c.json, func(w io.Writer) error { return report.JSON(w, p) })
}
