package experiments

import (
	"cmp"
	"context"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
)

// A memory is demo memory: recurrent networks on the copy and adding problems at several lags, from several seeds.
type memory struct {
	setup.Options
	lags    []int
	problem string // of problems, or "both"
	seeds   int
	steps   int
	longest int    // memory of the linear recurrent units whose gradients by parameters are measured
	chinese string // folder of the Chinese page; empty: one in that of -out
}

// memoryCommand is demo memory.
func memoryCommand(now func() time.Time) *cli.Command {
	m := memory{Options: setup.Options{Now: now}}
	m.lags, _ = parseLags(defaultLags)
	var lags string
	return &cli.Command{
		Name: "memory", Usage: say.Text("recurrent networks on problems of long memory, with the gradient through time"),
		Description: say.Text(`Trains a plain recurrent network, two LSTMs and a linear recurrent unit to copy symbols and to add numbers over several lags
(Hochreiter & Schmidhuber 1997, Arjovsky et al. 2016), and writes a page: which of them learn it, beside the gradient over
the steps before any training. Then it measures how the gradients by the parameters of linear recurrent units grow with
their memory, although the units are stable (Zucchet & Orvieto 2024).

The folder of -out gets memory.md, pictures in img, and memory.json with the numbers. Networks whose numbers are in that file
already are not trained again, so an interrupted experiment goes on where it was, and more lags or seeds are added to the page.
With more -steps those that did not solve their problem in fewer are trained anew.

Examples:
  demo memory -out docs/experiments -chinese docs/zh/experiments
  demo memory -lags 100 -problem copy -steps 4000 -out docs/experiments -chinese docs/zh/experiments
  demo memory -lags 10,40 -seeds 1 -out try

Exit status:
  0    the page was written
  1    a network could not be trained, or a file not written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: slices.Concat(console.Section(say.Text("Experiment"),
			console.String("lags", &lags, defaultLags, say.Text("`numbers` of steps to remember, with commas between"), nil, func(text string) (err error) {
				m.lags, err = parseLags(text)
				return err
			}),
			console.Choice("problem", &m.problem, "both", append(problems, "both"), say.Text("`name`: copy, adding or both")),
			console.Whole("seeds", &m.seeds, 3, 1, 100, say.Text("`networks` of each kind, problem and lag")),
			console.Whole("steps", &m.steps, 2000, 1, 1e6, say.Text("training `steps` of a network that does not solve its problem before")),
			console.Whole("longest", &m.longest, 1000, 0, 100000, say.Text("longest memory, in `steps`, of the linear recurrent units whose gradients by parameters are measured; below 100 they are not")),
			console.Whole("seed", &m.Seed, 1, 0, 1<<64-1, say.Text("seed of all that is random; the same `number` gives the same results")),
			console.String("chinese", &m.chinese, "", say.Text("`folder` of the page in Chinese (default: zh in the folder of -out)"), nil, console.FolderName),
		), setup.OutFlag(&m.Out)),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			console.ReportSettings(cmd.ErrWriter)
			return m.run(ctx, console.Lasting(cmd.Writer), cmd.ErrWriter)
		},
	}
}

const defaultLags = "20,50,100,200"

// parseLags reads lags, at least one, and sorts them.
func parseLags(text string) (lags []int, err error) {
	for _, word := range strings.Split(text, ",") {
		lag, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || lag < 2 || lag > 100000 || slices.Contains(lags, lag) {
			return nil, console.Wanted(text, say.Text("different numbers of at least 2 with commas between, such as 20,100"))
		}
		lags = append(lags, lag)
	}
	slices.Sort(lags)
	return lags, nil
}

// run trains what is missing, seed by seed, and writes the page.
func (m memory) run(ctx context.Context, out, log io.Writer) error {
	to, err := m.NewFolder("memory")
	if err != nil {
		return err
	}
	defer to.Close()
	var results memoryResults
	if results.resultsFile, err = readResults[memorySettings, memoryRun](filepath.Join(to.Path, memoryName), m.settings()); err != nil {
		return err
	}
	trials := m.trials()
	say.Fprintf(out, "%d networks, of which %d are done\n\n", len(trials), results.count(trials, m.steps))
	for _, t := range trials {
		if err := m.one(ctx, to, &results, t, log); err != nil {
			return err
		}
	}
	if results.units, err = console.Await(ctx, func() (*unitGradients, error) { return measureUnits(ctx, m.longest, m.Seed) }); err != nil {
		return err
	}
	if err := results.page().save(ctx, to, cmp.Or(m.chinese, filepath.Join(to.Path, "zh"))); err != nil {
		return err
	}
	return to.Finish(out)
}

// trials are all networks, seed by seed.
func (m memory) trials() (list []trial) {
	for seed := range uint64(m.seeds) {
		for _, lag := range m.lags {
			for _, problem := range m.problems() {
				for _, net := range memoryNets {
					list = append(list, trial{problem, net.key, lag, m.Seed + seed})
				}
			}
		}
	}
	return list
}

// problems lists the problems that -problem chooses.
func (m memory) problems() []string {
	if slices.Contains(problems, m.problem) {
		return []string{m.problem}
	}
	return problems
}

// one trains a network unless that has been done, and saves its numbers.
func (m memory) one(ctx context.Context, to *reportdir.Folder, results *memoryResults, t trial, log io.Writer) error {
	if results.done(t, m.steps) {
		return nil
	}
	r, err := console.Await(ctx, func() (memoryRun, error) { return m.train(ctx, t) })
	if err != nil {
		return err
	}
	say.Fprintf(log, "%s, %s, lag %d, seed %d: score %.3f after %d steps\n", t.Problem, t.Net, t.Lag, t.Seed, r.last(), r.Steps)
	results.put(r)
	return results.save(filepath.Join(to.Path, memoryName))
}

// settings are those that all runs of a file have in common.
func (m memory) settings() memorySettings {
	return memorySettings{Batch: memoryBatch, Units: memoryUnits, Symbols: copySymbols, Length: copyLength, Rate: memoryRate}
}

// A trial is one network of the experiment.
type trial struct {
	Problem string `json:"problem"` // copy or adding
	Net     string `json:"net"`     // key of one of memoryNets
	Lag     int    `json:"lag"`
	Seed    uint64 `json:"seed"`
}

// problems are the names of the experiment's problems, in the order of the page.
var problems = []string{"copy", "adding"}
