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
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/models/resnet"
)

// A degradation is demo degradation: plain networks and their residual twins at several depths, from several seeds.
type degradation struct {
	setup.Options
	depths  []int
	seeds   int
	chinese string // folder of the Chinese page; empty: one in that of -out
}

// degradationCommand is demo degradation.
func degradationCommand(now func() time.Time) *cli.Command {
	d := degradation{Options: setup.Options{Single: true, Now: now, Model: "resnet"}}
	d.depths, _ = parseDepths("8,14,20,32,56")
	var depths string
	return &cli.Command{
		Name: "degradation", Usage: say.Text("repeat the experiment that residual networks were made for"),
		Description: say.Text(`Trains plain convolutional networks and their residual twins at several depths and from several seeds, and writes a page about
it (He et al. 2015, fig. 1 and 6): deeper plain networks have a higher training error, although their gradients are healthy, and
residual ones do not. Gradients do not vanish there, they shatter.

Without -lr the learning rate of SGD, with momentum or not, is 0.02, which suits a short training; that of the paper is 0.1.

The folder of -out gets degradation.md, pictures in img, and degradation.json with the numbers. Networks whose numbers are in
that file already are not trained again, so an interrupted experiment goes on where it was.

Examples:
  demo degradation -out docs/experiments -chinese docs/zh/experiments
  demo degradation -depths 8,14 -seeds 1 -subset 640 -epochs 2 -out try
  demo degradation -depths 20,32,44,56,110 -data cifar-10-batches-bin -augment -lr 0.1 -epochs 164 -batch 128 -out cifar

Exit status:
  0    the page was written
  1    a network could not be trained, or a file not written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: slices.Concat(console.Section(say.Text("Experiment"),
			console.String("depths", &depths, "8,14,20,32,56", say.Text("`numbers` of layers with weights, 6n+2 each, with commas between"), nil, func(text string) (err error) {
				d.depths, err = parseDepths(text)
				return err
			}),
			console.Whole("seeds", &d.seeds, 3, 1, 100, say.Text("`networks` of each kind and depth")),
			console.Whole("epochs", &d.Epochs, 6, 1, 1e6, say.Text("`passes` through the training images")),
			console.Toggle("augment", &d.Augment, say.Text("move each training image by up to 4 pixels, and mirror every second one")),
			console.String("chinese", &d.chinese, "", say.Text("`folder` of the page in Chinese (default: zh in the folder of -out)"), nil, console.FolderName),
		), d.StepFlags(), d.DataFlags(), setup.OutFlag(&d.Out)),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if d.Rate == 0 && d.IsSGD() {
				d.Rate = shortRate
			}
			if err := d.CheckConvolutional(cmd); err != nil {
				return err
			}
			if err := d.Check(cmd); err != nil {
				return err
			}
			optimizer, err := d.NewOptimizer()
			if err != nil {
				return err
			}
			d.Rate = optimizer.Rate() // for the page
			return d.run(ctx, console.Lasting(cmd.Writer), cmd.ErrWriter)
		},
	}
}

// shortRate is the learning rate of SGD in the experiment without -lr. With that of the paper, 0.1, the deepest residual networks lose most of
// a training of some hundred steps.
const shortRate = 0.02

// parseDepths reads depths of networks for CIFAR, at least one, and sorts them.
func parseDepths(text string) ([]int, error) {
	var depths []int
	for _, word := range strings.Split(text, ",") {
		depth, err := strconv.Atoi(strings.TrimSpace(word))
		if err == nil {
			_, err = resnet.CIFAR(depth, 1)
		}
		if err != nil || slices.Contains(depths, depth) {
			return nil, console.Wanted(text, say.Text("different numbers 6n+2 with commas between, such as 8,14,20"))
		}
		depths = append(depths, depth)
	}
	slices.Sort(depths)
	return depths, nil
}

// run trains what is missing, and writes the page.
func (d degradation) run(ctx context.Context, out, log io.Writer) error {
	trainSet, valSet, err := d.Images(ctx)
	if err != nil {
		return err
	}
	to, err := d.NewFolder("degradation")
	if err != nil {
		return err
	}
	defer to.Close()
	var results degradationResults
	if results.resultsFile, err = readResults[degradationSettings, degradationRun](filepath.Join(to.Path, resultsName), d.settings(trainSet, valSet)); err != nil {
		return err
	}
	if err := results.check(); err != nil {
		return errors.Wrap(err, filepath.Join(to.Path, resultsName))
	}
	say.Fprintf(out, "images: %d to train on, %d to validate; %d networks, of which %d are done\n\n",
		trainSet.Len(), valSet.Len(), 2*len(d.depths)*d.seeds, len(results.of(d.depths, d.Seed, d.seeds).Runs))
	for seed := range uint64(d.seeds) {
		for _, depth := range d.depths {
			for _, residual := range []bool{false, true} {
				if err := d.one(ctx, to, &results, twin{depth, residual, d.Seed + seed}, trainSet, valSet, log); err != nil {
					return err
				}
			}
		}
	}
	if err := results.of(d.depths, d.Seed, d.seeds).page().save(ctx, to, cmp.Or(d.chinese, filepath.Join(to.Path, "zh"))); err != nil {
		return err
	}
	return to.Finish(out)
}

// one trains a network unless that has been done, and saves its numbers.
func (d degradation) one(ctx context.Context, to *reportdir.Folder, results *degradationResults, t twin, trainSet, valSet *data.Dataset, log io.Writer) error {
	if results.find(t) != nil {
		return nil
	}
	r, err := console.Await(ctx, func() (degradationRun, error) { return d.train(ctx, t, trainSet, valSet, log) })
	if err != nil {
		return err
	}
	results.Runs = append(results.Runs, r)
	return results.save(filepath.Join(to.Path, resultsName))
}

// settings are those that all runs of a file have in common.
func (d degradation) settings(trainSet, valSet *data.Dataset) degradationSettings {
	return degradationSettings{
		Train: trainSet.Len(), Validation: valSet.Len(), Shape: fmt.Sprint(trainSet.X.Shape()[1:]), Classes: len(trainSet.Classes),
		Epochs: d.Epochs, Batch: d.Batch, Optimizer: d.Optimizer, Rate: d.Rate, Augment: d.Augment,
	}
}

// A twin is one network of the experiment.
type twin struct {
	Depth    int    `json:"depth"`
	Residual bool   `json:"residual"`
	Seed     uint64 `json:"seed"`
}

// String is as "plain20".
func (t twin) String() string {
	if t.Residual {
		return fmt.Sprintf("resnet%d", t.Depth)
	}
	return fmt.Sprintf("plain%d", t.Depth)
}
