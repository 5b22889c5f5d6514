package profiles

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
	"github.com/gradflow/gradflow/vanishing/report/export"
	"github.com/gradflow/gradflow/vanishing/vanishtest"
)

// The exit statuses of demo check, besides console.ExitUsage and console.ExitInterrupted.
const (
	exitHealthy   = 0
	exitSick      = 1
	exitUnchecked = 3 // an undetermined network too
)

// A check holds the options of demo check.
type check struct {
	setup.Options
	steps      int
	noRemedies bool
	notes      bool
	json       string
	format     string
	reader     report.JSONReader
}

// checkCommand is demo check.
func checkCommand() *cli.Command {
	c := check{Options: setup.Options{Single: true}}
	return &cli.Command{
		Name: "check", Usage: say.Text("tell by the exit status whether a network's gradients are healthy"), ArgsUsage: say.Text("[file ...]"),
		Description: say.Text(`Trains a network for a few steps on images of clothes (Fashion-MNIST), and tells whether its gradients are healthy. For a sick
network it prints the profile, the findings and the remedies. With files of recorded profiles it trains nothing and checks these.

Examples:
  demo check -depth 20 -activation sigmoid
  demo check -norm bn -steps 50 -json profile.json && echo fine
  demo check -format junit profiles.json > gradients.xml

Exit status:
  0    the network is healthy, and no finding is critical
  1    the network is sick, or its gradients are healthy but a finding is critical
  2    a mistake in the command line
  3    otherwise, the network is undetermined, a file could not be read, the verdict not printed, or the profile not written
  130  Ctrl-C ended the check (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the profile was written

A signal ends the check within two seconds. The file of -json then holds the steps recorded so far. The verdict is printed if
the signal came during the trials of remedies.`),
		Flags: slices.Concat(c.NetworkFlags(), c.StepFlags(), console.Section(say.Text("Training"),
			console.Whole("steps", &c.steps, 10, 1, 1e6, say.Text("`steps` of training")),
			console.Toggle("no-remedies", &c.noRemedies, say.Text("do not try remedies on a sick network")),
		), c.DataFlags(), console.Section(say.Text("Report"),
			console.String("json", &c.json, "", say.Text("`file` to write the profile to, for demo report and demo compare"), nil, console.FileName),
			console.Choice("format", &c.format, "text", checkFormatNames(), say.Text("print the result in `form` text, junit, sarif, json or github (annotations of GitHub Actions)")),
			sizeFlag(&c.reader),
			notesFlag(&c.notes),
		)),
		ArgValidator: console.AnyArguments,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			outcome, err := c.networks(ctx, cmd)
			var wrong *console.Mistake
			if errors.As(err, &wrong) {
				return err
			}
			switch result := console.Status(ctx, err, cmd.ErrWriter); {
			case result == console.ExitFailure && outcome == exitSick: // whatever else went wrong
				return console.Exit(exitSick)
			case result == console.ExitFailure:
				return console.Exit(exitUnchecked)
			case result != console.ExitOK:
				return console.Exit(result)
			case outcome != exitHealthy:
				return console.Exit(outcome)
			}
			return nil
		},
	}
}

// networks checks the files of the command line, or else a network that it trains.
func (c check) networks(ctx context.Context, cmd *cli.Command) (outcome int, err error) {
	if cmd.Args().Present() {
		return c.files(ctx, cmd)
	}
	if err := c.Check(cmd); err != nil {
		return exitHealthy, err
	}
	if filepath.Base(c.json) == reportdir.ProfilesName && reportdir.HoldsRun(filepath.Dir(c.json)) {
		return exitHealthy, errors.New(say.Sprintf("-json: got %s, the profiles of a run, want another file", c.json))
	}
	return c.run(ctx, cmd.Writer)
}

// ofFiles are the flags that files of profiles take.
var ofFiles = []string{"format", "max-size", "notes", say.Flag}

// files checks recorded profiles: those that can be read, even if others cannot.
func (c check) files(ctx context.Context, cmd *cli.Command) (outcome int, err error) {
	if c.json != "" {
		return exitHealthy, console.Conflict(cmd, "json", c.json, say.Text("no -json with files of profiles"))
	}
	for _, name := range cmd.LocalFlagNames() {
		if !slices.Contains(ofFiles, name) {
			return exitHealthy, &console.Mistake{Cmd: cmd, What: say.Sprintf("got -%s with files of profiles, want only %s: these networks have been trained", name, "-"+strings.Join(ofFiles, ", -"))}
		}
	}
	paths, err := profileArguments(cmd, false)
	if err != nil {
		return exitHealthy, err
	}
	list, unread := console.Await(ctx, func() (list []export.Checked, unread error) {
		for _, path := range paths {
			diagnoses, err := readDiagnoses([]string{path}, c.reader)
			for _, d := range diagnoses {
				list = append(list, checked(d, path))
			}
			if err != nil {
				list, unread = append(list, export.Checked{Source: sourceOf(path), Err: err}), stderrors.Join(unread, err)
			}
		}
		return list, unread
	})
	if len(list) == 0 {
		return exitHealthy, unread
	}
	return outcomeOf(list...), stderrors.Join(unread, console.AwaitDone(ctx, func() error { return c.print(cmd.Writer, list) }))
}

// run checks the network, writes its profile and prints the verdict. An interrupted check still writes the profile of the
// recorded steps. It prints the verdict only if the interruption came during the trials of remedies.
func (c check) run(ctx context.Context, out io.Writer) (outcome int, err error) {
	trainSet, _, err := c.Images(ctx)
	if err != nil {
		return exitHealthy, err
	}
	n, err := c.Described(trainSet.X.Shape()[1], len(trainSet.Classes))
	if err != nil {
		return exitHealthy, err
	}
	optimizer, err := c.NewOptimizer()
	if err != nil {
		return exitHealthy, err
	}
	recorder := &vanishing.Recorder{Details: vanishing.Every(1)}
	snapshot := &setup.SlowSteps{Recorder: recorder}
	end, cancel := console.Later(ctx, console.StepTime)
	defer cancel()
	diagnosis, err := console.Await(end, func() (vanishing.Diagnosis, error) {
		return vanishtest.Options{
			Context: ctx, Optimizer: optimizer, Batch: c.Batch, Steps: c.steps, Seed: c.Seed, NoRemedies: c.noRemedies, Language: say.Language,
			Recorder: recorder, Callbacks: []train.Callback{snapshot},
		}.Check(n.Model, trainSet)
	})
	if end.Err() != nil && len(diagnosis.Profile.Records) == 0 {
		diagnosis.Profile = snapshot.Load()
	}
	if len(diagnosis.Profile.Records) == 0 || err != nil && !errors.Is(err, context.Canceled) {
		return exitHealthy, err
	}
	diagnosis.Profile.Name, diagnosis.Profile.Cost = n.Name, nil // measured times would make the output differ from run to run
	printing, cancel := console.Later(end, console.PrintTime-console.StepTime)
	defer cancel()
	printErr := console.AwaitDone(printing, func() error { return c.printOne(out, diagnosis) })
	return outcomeOf(checked(diagnosis, c.json)), stderrors.Join(c.save(diagnosis), printErr, err)
}

// save writes the profile to the file of -json, if there is one.
func (c check) save(d vanishing.Diagnosis) error {
	if c.json == "" {
		return nil
	}
	if d.Sentence == "" { // the steps were interrupted
		d = vanishing.Diagnose(d.Profile)
	}
	return files.Write(c.json, func(w io.Writer) error { return report.JSON(w, d) })
}

// printOne prints the diagnosis of the network that was trained, if there is one.
func (c check) printOne(out io.Writer, d vanishing.Diagnosis) error {
	if d.Sentence == "" {
		return nil
	}
	return c.print(out, []export.Checked{checked(d, c.json)})
}

// outcomeOf is the exit status for networks that were checked: a sick one takes precedence over an undetermined one.
func outcomeOf(list ...export.Checked) int {
	outcome := exitHealthy
	for _, n := range list {
		for _, f := range n.Failures {
			if f.Rule != vanishing.Undetermined.String() {
				return exitSick
			}
			outcome = exitUnchecked
		}
	}
	return outcome
}

// printDiagnosis prints a diagnosis. Where the verdict does not say why the network fails the check, the first line does.
func printDiagnosis(out io.Writer, text report.Text, d vanishing.Diagnosis) error {
	name, failures := printable.Text(d.Profile.Name), vanishtest.Sick(d)
	if len(failures) == 0 {
		_, err := fmt.Fprintf(out, "%s\n%s\n", say.Sprintf("%s: %s", name, d.Verdict.In(say.Language)), printable.Text(d.Sentence))
		return err
	}
	if d.Verdict == vanishing.Healthy {
		say.Fprintf(out, "%s: healthy gradients, but a critical finding: %s\n\n", name, printable.Text(failures[0].Sentence))
	}
	return text.Table(out, d)
}
