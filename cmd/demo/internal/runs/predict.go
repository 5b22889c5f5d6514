package runs

import (
	"cmp"
	"context"
	stderrors "errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/imagefolder"
	"github.com/gradflow/gradflow/internal/printable"
)

// predictCommand is demo predict.
func predictCommand() *cli.Command {
	var best string
	return &cli.Command{
		Name: "predict", Usage: say.Text("classify images by a trained network"), ArgsUsage: say.Text("run file ..."),
		Description: say.Text(`Classifies PNG and JPEG images, or the rows of CSV files, by the network of a run, with the weights of its newest whole
checkpoint. A folder stands for the images in it and below it. Images are resized to the size that the network was trained on,
and normalised by the same numbers.

A CSV file, as those of MNIST, has a header and a row for each image: a column for each pixel, from 0 to 255, in the size that
the network was trained on. A column "label" is left out.

Examples:
  demo predict gradflow-runs/latest shirt.png
  demo predict gradflow-runs/latest mnist_test.csv
  demo predict -best val_accuracy my-run photos

Exit status:
  0    the images were classified
  1    the run or some image could not be read, or the classes not printed
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		Flags:        console.Section(say.Text("Run"), bestFlag(&best)),
		ArgValidator: console.AnyArguments,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Len() < 2 {
				return &console.Mistake{Cmd: cmd, What: say.Sprintf("missing arguments: got %d, want the folder of a run and one or more images", cmd.Args().Len())}
			}
			run, err := readImageRun(cmd, cmd.Args().First())
			if err != nil {
				return err
			}
			return console.AwaitDone(ctx, func() error { return run.predict(ctx, best, cmd.Args().Tail(), cmd.Writer, cmd.ErrWriter) })
		},
	}
}

// A sampleReader reads samples from files: their names and their values as the network was trained on them, before they are normalised. It
// skips files beside others that it cannot read.
type sampleReader func(run savedRun, paths []string, skip func(error)) (names []string, x *tensor.Dense, err error)

// sampleReaders are the readers by the ends of names.
var sampleReaders = map[string]sampleReader{".png": readPictures, ".jpg": readPictures, ".jpeg": readPictures, tableEnding: readPixelRows}

// tableEnding is the end of the names of tables, of which a folder holds none: a file beside images is about them.
const tableEnding = ".csv"

// predict prints the class of each sample, and what could not be read.
func (r savedRun) predict(ctx context.Context, best string, paths []string, w, log io.Writer) error {
	c, err := r.checkpoint(best)
	if err != nil {
		return err
	}
	status := console.ExitOK
	names, x, err := r.samples(paths, func(err error) {
		fmt.Fprintf(log, "demo: %s\n", printable.Text(err.Error()))
		status = console.ExitFailure
	})
	if err != nil {
		return err
	}
	networks, err := r.training.Networks(x.Shape()[1:].TotalSize(), len(r.info.Images.Classes))
	if err != nil {
		return err
	}
	trainer, err := r.trainer(networks[0], c)
	if err != nil {
		return err
	}
	logits, err := trainer.Predict(ctx, x)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(w, "%s\n\n", r.title(c)); err != nil {
		return err
	}
	if err := console.PrintColumns(w, classRows(names, logits.Float32s(), r.info.Images.Classes), 2); err != nil || status == console.ExitOK {
		return err
	}
	return console.Exit(status)
}

// samples reads the samples of files and folders, and normalises them.
func (r savedRun) samples(paths []string, skip func(error)) (names []string, x *tensor.Dense, err error) {
	if paths, err = filesOf(paths, skip); err != nil {
		return nil, nil, err
	}
	first := slices.IndexFunc(paths, func(path string) bool { return sampleReaders[ending(path)] != nil })
	if first < 0 {
		return nil, nil, errors.New(say.Sprintf("%s: got a file of another kind, want PNG or JPEG images, or a CSV file", paths[0]))
	}
	for _, path := range paths {
		if (ending(path) == tableEnding) != (ending(paths[first]) == tableEnding) && sampleReaders[ending(path)] != nil {
			return nil, nil, errors.New(say.Sprintf("got both %s and %s, want images alone or CSV files alone", paths[first], path))
		}
	}
	read := sampleReaders[ending(paths[first])]
	if names, x, err = read(r, paths, skip); err != nil {
		return nil, nil, err
	}
	ds := &data.Dataset{X: x}
	if err := ds.Normalize(data.Moments{Mean: r.info.Images.Mean, Std: r.info.Images.Std}); err != nil {
		return nil, nil, err
	}
	if r.info.Images.Rows {
		if ds, err = ds.Flatten(); err != nil {
			return nil, nil, err
		}
	}
	return names, ds.X, nil
}

// ending is the end of a file's name, in lower case.
func ending(path string) string { return strings.ToLower(filepath.Ext(path)) }

// readPictures reads images.
func readPictures(run savedRun, paths []string, skip func(error)) ([]string, *tensor.Dense, error) {
	i := run.info.Images
	reader := imagefolder.Reader{Channels: i.Channels, Height: i.Height, Width: i.Width}
	x, err := reader.ReadFiles(paths, tensor.Float32)
	if err == nil || len(paths) == 1 {
		return paths, x, err
	}
	var whole []string
	for _, path := range paths {
		if _, err := reader.ReadFiles([]string{path}, tensor.Float32); err != nil {
			skip(err)
			continue
		}
		whole = append(whole, path)
	}
	if len(whole) == 0 {
		return nil, nil, errors.New(say.Text("got no image that can be read, want at least one"))
	}
	x, err = reader.ReadFiles(whole, tensor.Float32)
	return whole, x, err
}

// filesOf lists the files of paths; a folder stands for the images in it and below it. Paths that do not exist and folders that cannot be
// read are skipped, if there are files beside them.
func filesOf(paths []string, skip func(error)) (list []string, err error) {
	var unread []error
	for _, path := range paths {
		_ = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				unread = append(unread, err)
				return nil
			}
			if entry.IsDir() {
				return nil
			}
			if name == path || ending(name) != tableEnding && sampleReaders[ending(name)] != nil {
				list = append(list, name)
			}
			return nil
		})
	}
	switch {
	case len(list) == 0 && len(unread) > 0:
		return nil, stderrors.Join(unread...)
	case len(list) == 0:
		return nil, errors.New(say.Sprintf("%s: got no image, want PNG or JPEG images", strings.Join(paths, ", ")))
	}
	for _, err := range unread {
		skip(err)
	}
	return list, nil
}

// classRows are the rows of a table of the two most probable classes of each sample.
func classRows(names []string, logits []float32, classes []string) [][]string {
	rows := [][]string{{say.Text("file"), say.Text("class"), say.Text("probability"), say.Text("next class"), say.Text("probability")}}
	k := len(logits) / len(names)
	for i, name := range names {
		p := softmax(logits[i*k : (i+1)*k])
		order := make([]int, k)
		for c := range order {
			order[c] = c
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
		row := []string{printable.Text(name)}
		for _, c := range order[:min(2, k)] {
			row = append(row, printable.Text(className(classes, c)), fmt.Sprintf("%.3f", p[c]))
		}
		for len(row) < len(rows[0]) {
			row = append(row, "-")
		}
		rows = append(rows, row)
	}
	return rows
}

func className(classes []string, c int) string {
	if c < len(classes) {
		return classes[c]
	}
	return fmt.Sprint(c)
}

// softmax gives probabilities of logits.
func softmax(logits []float32) []float64 {
	p := make([]float64, len(logits))
	highest := float64(slices.Max(logits))
	sum := 0.0
	for i, z := range logits {
		p[i] = math.Exp(float64(z) - highest)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}
