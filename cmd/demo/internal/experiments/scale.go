package experiments

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/vanishing/scale"
)

// A scaling is demo scale.
type scaling struct {
	setup.Options
	families       []string
	widths, depths []int
	steps, seeds   int
	rates          int    // learning rates that are tried at each size; 0: none
	with           string // file of results of another seed to compare with; empty: none
	chinese        string // folder of the Chinese page; empty: one in that of -out
}

// scaleCommand is demo scale.
func scaleCommand(now func() time.Time) *cli.Command {
	s := scaling{Options: setup.Options{Single: true, Now: now}}
	var families, widths, depths string
	s.families, s.widths, s.depths = familyNames(), []int{64, 128, 256, 512, 1024}, []int{4, 8, 16, 32, 64}
	return &cli.Command{
		Name: "scale", Usage: say.Text("check what grows with the width and the depth of a network, and what mends it"),
		Description: say.Text(`Trains networks of several widths and depths for a few steps, and fits powers of the width and the depth to the size
of what flows in each layer: activations, gradients, what updates do and what changes of earlier layers do (the
coordinate check of Yang et al. 2022). The powers are held against what theory expects of standard networks, of muP,
and of residual branches that are divided by the root of their number or by the number itself (CompleteP). The verdict
names the layer that grows, and the rate, first values or factor that mend it. Then the best learning rate is looked
for at several widths and depths.

The families are a multilayer perceptron (mlp), residual networks of one and of two linear maps in a block (residual1,
residual2), and a Transformer (gpt). For an architecture of your own see the example of the package vanishing/scale.

The folder of -out gets scale.md, pictures in img, and scale.json with the numbers. What is in that file already is not measured
again, so an interrupted check goes on where it was.

Examples:
  demo scale -families mlp -rates 0
  demo scale -families gpt -widths 32,64,128,256 -optimizer sgd -out try
  demo scale -out docs/experiments -chinese docs/zh/experiments
  demo scale -seed 101 -out again
  demo scale -out docs/experiments -chinese docs/zh/experiments -with again/scale.json

Exit status:
  0    the page was written
  1    a network could not be trained, or a file not written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: slices.Concat(console.Section(say.Text("Scale"),
			console.String("families", &families, strings.Join(s.families, ","), say.Text("`names` of families, with commas between: mlp, residual1, residual2, gpt"), familyNames(), func(text string) (err error) {
				s.families, err = parseFamilies(text)
				return err
			}),
			console.String("widths", &widths, "64,128,256,512,1024", say.Text("`numbers` of hidden units, multiples of 8, three or more with commas between"), nil, func(text string) (err error) {
				s.widths, err = parseSizes(text, 8, 4096)
				return err
			}),
			console.String("depths", &depths, "4,8,16,32,64", say.Text("`numbers` of residual blocks or layers, three or more with commas between"), nil, func(text string) (err error) {
				s.depths, err = parseSizes(text, 1, 512)
				return err
			}),
			console.Choice("optimizer", &s.Optimizer, "adam", []string{"adam", "sgd"}, say.Text("`name`: adam, sgd")),
			console.Positive("lr", &s.Rate, 1e6, say.Text("learning `rate` of the checks (default: 0.0001 for adam, 0.001 for sgd)")),
			console.Whole("steps", &s.steps, 3, 1, 1000, say.Text("training `steps` of a check")),
			console.Whole("seeds", &s.seeds, 3, 1, 100, say.Text("`networks` of each size")),
			console.Whole("rates", &s.rates, 9, 0, 30, say.Text("learning `rates` to try at each size, each twice the one before; below 3 the best rate is not looked for")),
			console.Whole("seed", &s.Seed, 1, 0, 1<<64-1, say.Text("seed of the first network of each size, others have the next numbers; the same `number` gives the same results")),
			console.String("with", &s.with, "", say.Text("`file` scale.json of a check with another -seed: the page says what differs"), nil, console.FileName),
			console.String("chinese", &s.chinese, "", say.Text("`folder` of the page in Chinese (default: zh in the folder of -out)"), nil, console.FolderName),
		), setup.OutFlag(&s.Out)),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			s.Rate = cmp.Or(s.Rate, map[string]float64{"adam": 1e-4, "sgd": 1e-3}[s.Optimizer])
			console.ReportSettings(cmd.ErrWriter)
			return s.run(ctx, console.Lasting(cmd.Writer), cmd.ErrWriter)
		},
	}
}

// parseSizes reads three or more different multiples of a number, and sorts them.
func parseSizes(text string, unit, most int) ([]int, error) {
	var sizes []int
	for _, word := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || n < 1 || n > most || n%unit != 0 || slices.Contains(sizes, n) {
			sizes = nil
			break
		}
		sizes = append(sizes, n)
	}
	if len(sizes) < 3 {
		return nil, console.Wanted(text, say.Sprintf("three or more different multiples of %d up to %d with commas between", unit, most))
	}
	slices.Sort(sizes)
	return sizes, nil
}

// parseFamilies reads different names of families.
func parseFamilies(text string) (names []string, err error) {
	for _, name := range strings.Split(text, ",") {
		name = strings.TrimSpace(name)
		if !slices.Contains(familyNames(), name) {
			return nil, console.UnknownName("families", name, familyNames())
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// run measures what is missing, and writes the page.
func (s scaling) run(ctx context.Context, out, log io.Writer) error {
	to, err := s.NewFolder("scale")
	if err != nil {
		return err
	}
	defer to.Close()
	results, err := readScale(to.Path, s.settings())
	if err != nil {
		return err
	}
	var other scaleResults
	if s.with != "" {
		if other, err = readOther(s.with, s.settings()); err != nil {
			return err
		}
		if !slices.ContainsFunc(other.Checks, func(c scaleCheck) bool { return slices.Contains(s.families, c.Family) }) {
			return errors.New(say.Sprintf("%s: got no check of %s, want one of them", s.with, strings.Join(s.families, ", ")))
		}
	}
	batches, err := s.batches(ctx)
	if err != nil {
		return err
	}
	for _, name := range s.families {
		for _, rule := range rulesOf(name) {
			if err := s.check(ctx, to, &results, batches, name, rule, out); err != nil {
				return err
			}
		}
	}
	if s.rates >= 3 {
		for _, which := range sweeps() {
			if slices.Contains(s.families, which.Family) {
				if err := s.sweep(ctx, to, &results, batches, which, out, log); err != nil {
					return err
				}
			}
		}
	}
	if s.with != "" {
		results.compare(other)
		if err := results.save(to.Path); err != nil {
			return err
		}
	}
	chosen := results.of(s.families, s.rates >= 3)
	if err := chosen.page().save(ctx, to, cmp.Or(s.chinese, filepath.Join(to.Path, "zh"))); err != nil {
		return err
	}
	return to.Finish(out)
}

// check measures a family by a rule unless that has been done, saves its numbers, and prints the verdict.
func (s scaling) check(ctx context.Context, to *reportdir.Folder, results *scaleResults, b scaleBatches, name string, rule scaleRule, out io.Writer) error {
	c := results.find(name, rule)
	if c == nil {
		measured, err := console.Await(ctx, func() (*scale.Check, error) { return scale.Measure(ctx, s.config(b, name, rule)) })
		if err != nil {
			return err
		}
		results.Checks = append(results.Checks, scaleCheck{name, rule, stored{measured}})
		if err := results.save(to.Path); err != nil {
			return err
		}
		c = &results.Checks[len(results.Checks)-1]
	}
	p := scalePage{say: say.Language}
	var text strings.Builder
	console.WriteWrapped(&text, "", p.heading(*c)+p.space()+p.verdict(*c)+p.space()+p.findings(*c))
	_, err := fmt.Fprintln(out, strings.TrimSuffix(text.String(), "\n"))
	return err
}

// sweep looks for the best rates of a family by a rule unless that has been done, and saves them.
func (s scaling) sweep(ctx context.Context, to *reportdir.Folder, results *scaleResults, b scaleBatches, which scaleSweep, out, log io.Writer) error {
	w := results.findSweep(which.Family, which.Rule)
	if w == nil {
		config := s.sweepConfig(b, which)
		config.Progress = func(size int, rate, loss float64) {
			say.Fprintf(log, "%s, %s, size %d, rate %.3g: loss %.4f\n", which.Family, which.Rule.name(say.Language), size, rate, loss)
		}
		measured, err := console.Await(ctx, func() (*scale.Sweep, error) { return scale.FindRates(ctx, config) })
		if err != nil {
			return err
		}
		which.take(measured)
		results.Sweeps = append(results.Sweeps, which)
		if err := results.save(to.Path); err != nil {
			return err
		}
		w = &results.Sweeps[len(results.Sweeps)-1]
	}
	var text strings.Builder
	console.WriteWrapped(&text, "", scalePage{say: say.Language}.rateSentence(*w))
	_, err := fmt.Fprintln(out, strings.TrimSuffix(text.String(), "\n"))
	return err
}
