package runs

import (
	"context"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// A savedRun is a run of demo train, read from its folder.
type savedRun struct {
	path     string
	training training
	list     []setting
	info     runInfo
}

// IsFolder reports whether a folder holds the settings of a run.
func IsFolder(path string) bool {
	_, err := os.Stat(filepath.Join(path, configName))
	return err == nil
}

// readRun reads the settings of a run and what it tells of itself.
func readRun(cmd *cli.Command, path string) (savedRun, error) {
	r := savedRun{path: path, training: training{Options: setup.Options{Single: true}}}
	config := filepath.Join(path, configName)
	if _, err := os.Stat(config); isMissing(err) {
		return r, &console.Mistake{Cmd: cmd, What: say.Sprintf("got %s, which holds no %s, want the folder of a run of demo train", path, configName)}
	}
	var err error
	if r.list, err = readConfig(config); err != nil {
		return r, err
	}
	flags := r.training.trainFlags()
	if err := apply(cmd, valuesOf(flags), flags, r.list, config); err != nil {
		return r, ofSavedRun(err)
	}
	r.info, err = readInfo(path)
	return r, err
}

// isMissing reports whether an error says that a file or one of its folders does not exist.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// ofSavedRun makes a mistake in the settings of a saved run, whose file was damaged or edited, an error that is none of the command line.
func ofSavedRun(err error) error {
	m, is := err.(*console.Mistake)
	if !is {
		return err
	}
	if m.Hint != "" {
		return errors.Errorf("%s (%s)", m.What, m.Hint)
	}
	return errors.New(m.What)
}

// subject gives the images or the text, and the network of a run.
func (r savedRun) subject(ctx context.Context) (trainSet, valSet *data.Dataset, n setup.Network, err error) {
	trainSet, valSet, networks, err := r.training.Load(ctx)
	if err != nil {
		return nil, nil, n, err
	}
	return trainSet, valSet, networks[0], nil
}

// readImageRun reads a run on images: a mistake if it is one on a text.
func readImageRun(cmd *cli.Command, path string) (savedRun, error) {
	console.ReportSettings(cmd.ErrWriter)
	r, err := readRun(cmd, path)
	if err == nil && r.training.IsText() {
		err = &console.Mistake{
			Cmd: cmd, What: say.Sprintf("got %s, a run on a text, want one on images", path),
			Hint: say.Text("demo sample writes text by its network."),
		}
	}
	return r, err
}

// runArgument is the folder of the run that the command line names, as its first argument; the latest run without one.
func runArgument(cmd *cli.Command) (string, error) {
	if cmd.Args().Present() {
		return cmd.Args().First(), nil
	}
	if latest := reportdir.Latest(); latest != "" && IsFolder(latest) {
		return latest, nil
	}
	return "", &console.Mistake{Cmd: cmd, What: say.Text("missing run: got none, want the folder of a run of demo train")}
}

// runOf reads the run that a command names, or the latest one.
func runOf(cmd *cli.Command) (savedRun, error) {
	path, err := runArgument(cmd)
	if err != nil {
		return savedRun{}, err
	}
	console.ReportSettings(cmd.ErrWriter)
	return readRun(cmd, path)
}

// checkpoint reads the newest whole checkpoint, or the best one by a score.
func (r savedRun) checkpoint(score string) (*checkpoint.Checkpoint, error) {
	folder := filepath.Join(r.path, checkpointsName)
	if score == "" {
		c, _, err := checkpoint.Newest(folder)
		if err == nil && c == nil {
			err = errors.New(say.Sprintf("%s: got no checkpoint, want one (was the run made with -save-every none?)", folder))
		}
		return c, err
	}
	return r.best(score)
}

// trainer makes a trainer that evaluates a network with the weights of a checkpoint. It returns an error if they are not finite.
func (r savedRun) trainer(n setup.Network, c *checkpoint.Checkpoint) (*train.Trainer, error) {
	weights := c.Weights()
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		values, _ := weights[name].Data().([]float32) // Assign refuses others
		for _, v := range values {
			if math.IsNaN(float64(v - v)) { // NaN or infinite
				return nil, errors.New(say.Sprintf("%s: after %d steps the parameter %s is no longer finite, so that the network has no answers (demo replay tells how it began)", r.path, c.Step, name))
			}
		}
	}
	params := graph.NewParams(tensor.Float32, r.training.Seed)
	if err := params.Assign(weights, graph.Assignment{}); err != nil {
		return nil, err
	}
	return &train.Trainer{Model: n.Model, Loss: graph.CrossEntropy{}, Params: params, Seed: r.training.Seed}, nil
}

// bestFlag chooses the best checkpoint in place of the newest.
func bestFlag(to *string) cli.Flag {
	return console.String("best", to, "", say.Text("use the checkpoint with the best `score`: train_loss, val_loss, train_accuracy or val_accuracy (default: the newest)"), scoreNames, checkScore)
}

// title names a run and its checkpoint.
func (r savedRun) title(c *checkpoint.Checkpoint) string {
	return say.Sprintf("%s: %s, after %d steps", printable.Text(r.path), printable.Text(r.info.Network), c.Step)
}
