package runs

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// The other names in the folder of a run.
const (
	metricsName     = reportdir.MetricsName
	checkpointsName = reportdir.CheckpointsName
	badBatchesName  = "bad-batches"
	spikesName      = "spikes"
)

// metricsEvery is the number of steps from one record of the metrics to the next.
const metricsEvery = 10

// savingOptions say what a run keeps and when it ends.
type savingOptions struct {
	steps     int           // from one checkpoint to the next; 0: by time
	interval  time.Duration // the same by time; 0: by steps
	none      bool          // no checkpoints
	keep      int
	best      string
	required  bool
	patience  int
	stopOnNaN bool

	config string // file of -config
	resume string // folder of -resume
	dist   bool   // on the ranks of a job
	syncBN bool   // by the moments of all of them
}

// endFlags say when a training ends before all epochs are over.
func (t *training) endFlags() []cli.Flag {
	s := &t.saving
	return console.Section(say.Text("Training"),
		console.Whole("patience", &s.patience, 0, 0, 1e6, say.Text("end the training when the validation loss has not fallen for more `epochs`, and keep the best weights; 0 trains to the end")),
		console.Whole("sharpness", &t.sharpness, 0, 0, 1e9, say.Text("measure the sharpness of the loss, layer by layer, every so many `steps`; 0: never")),
		console.Toggle("stop-on-nan", &s.stopOnNaN, say.Text("end the training when the loss or a gradient is NaN or infinite, name the first bad value and keep the batch")),
	)
}

// savingFlags say what a run keeps, and where it goes on.
func (t *training) savingFlags() []cli.Flag {
	s := &t.saving
	s.interval = time.Minute
	return console.Section(say.Text("Run"),
		console.String("config", &s.config, "", say.Text("YAML `file` of settings, with the names of flags as keys; flags take precedence"), nil, console.FileName),
		console.String("resume", &s.resume, "", say.Text("`folder` of a run to go on with from its newest checkpoint"), nil, console.FolderName),
		console.Toggle("dist", &s.dist, say.Text("train on all processes that mpirun or srun has started; with -out of a run that has begun, go on with that run")),
		console.Toggle("sync-bn", &s.syncBN, say.Text("with -dist: batch normalisation by the moments of the batches of all ranks, as one process would; otherwise each rank has its own")),
		console.Flag("save-every", say.Text("write a checkpoint after this much `time` as 1m, or after a number of steps as 500, or none"), &console.Value{Text: "1m", Parse: s.setEvery}),
		console.Whole("keep", &s.keep, 3, 1, 1e6, say.Text("newest `checkpoints` to keep")),
		console.Toggle("save-required", &s.required, say.Text("end the training if a checkpoint cannot be written, as on a full disk; otherwise it goes on without that checkpoint")),
		console.String("best", &s.best, "", say.Text("`score` of which the best checkpoint is kept too: train_loss, val_loss, train_accuracy or val_accuracy"), scoreNames, checkScore),
	)
}

// checkScore refuses a name that is not a score.
func checkScore(text string) error {
	if slices.Contains(scoreNames, text) {
		return nil
	}
	return console.UnknownName("best", text, scoreNames)
}

// scoreNames are the scores of -best.
var scoreNames = []string{"train_loss", "val_loss", "train_accuracy", "val_accuracy"}

// check refuses flags that have no effect with others.
func (s *savingOptions) check(cmd *cli.Command) error {
	if s.none {
		for _, name := range []string{"best", "keep", "save-required"} {
			if cmd.IsSet(name) {
				return &console.Mistake{Cmd: cmd, What: say.Sprintf("got -%s with -save-every none, want one of them: there are no checkpoints", name)}
			}
		}
	}
	if cmd.IsSet("sync-bn") && !s.dist {
		return &console.Mistake{Cmd: cmd, What: say.Text("got -sync-bn without -dist, want both or none: one process sees the whole batch")}
	}
	return nil
}

// setEvery parses -save-every.
func (s *savingOptions) setEvery(text string) error {
	s.steps, s.interval, s.none = 0, 0, text == "none"
	if s.none {
		return nil
	}
	if steps, err := strconv.ParseUint(text, 10, 31); err == nil && steps > 0 {
		s.steps = int(steps)
		return nil
	}
	interval, err := time.ParseDuration(text)
	if err != nil || interval <= 0 {
		return console.Wanted(text, say.Text("a time such as 30s or 1m, a number of steps such as 500, or none"))
	}
	s.interval = interval
	return nil
}

// A trainingRun is a run of demo train in its folder. Its methods do nothing if it is nil.
type trainingRun struct {
	path     string
	settings []setting
	saving   savingOptions
	info     runInfo
	resumed  bool
	made     host // where the run was last made; zero if it is new
	now      func() time.Time
	unsaved  func() error // writes the notes on spikes, which could not be written
}

// noteImages notes what the images are like before they are normalised.
func (r *trainingRun) noteImages(ds *data.Dataset, m data.Moments) {
	r.info.Images = imagesOf(ds, m)
}

// noteText notes the characters of the text.
func (r *trainingRun) noteText(v *text.Vocabulary) { r.info.Vocabulary = v.Characters() }

// begin writes what is known before the training to the folder.
func (r *trainingRun) begin(path string, n setup.Network, seed uint64, trainSet *data.Dataset) error {
	if r == nil {
		return nil
	}
	r.path = path
	if !r.resumed {
		r.info.Started = r.now()
	} else if before, err := readInfo(path); err == nil {
		r.info.Started, r.info.Resumed = before.Started, append(before.Resumed, r.now())
		r.made = before.Machine
		if before.Vocabulary != r.info.Vocabulary {
			return errors.New(say.Text("-text: got other characters than at the beginning of the run, want the same text"))
		}
	} else if !errors.Is(err, fs.ErrNotExist) { // it was killed before it was written
		return errors.New(say.Sprintf("%v (remove the file to go on without what it tells of the run)", err))
	}
	if err := writeConfig(filepath.Join(path, configName), r.settings); err != nil {
		return err
	}
	i := &r.info
	i.Version, i.Go, i.Machine, i.Seed, i.Network, i.State = console.Version(), runtime.Version(), thisHost(), seed, n.Name, stateRunning
	i.Images.Rows = trainSet.X != nil && trainSet.X.Dims() == 2
	return i.write(path)
}

// attach lets a trainer keep the run.
func (r *trainingRun) attach(t *train.Trainer, log io.Writer) {
	if r == nil {
		return
	}
	t.Callbacks = append([]train.Callback{&resumption{log: log, made: r.made}}, t.Callbacks...)
	t.Callbacks = append(t.Callbacks, &train.Logger{
		Path: filepath.Join(r.path, metricsName), Every: metricsEvery, Monitors: []train.Monitor{train.RateMonitor{}, train.GradientMonitor{}},
	})
	r.attachEnds(t, log)
	if !r.saving.none {
		t.Callbacks = append(t.Callbacks, r.detector(log))
	}
}

// attachEnds lets a trainer end and go on as the run wants: on every rank.
func (r *trainingRun) attachEnds(t *train.Trainer, log io.Writer) {
	if r.saving.stopOnNaN {
		t.Callbacks = append(t.Callbacks, &train.StopOnNaN{Folder: filepath.Join(r.path, badBatchesName)})
	}
	if r.saving.patience > 0 {
		t.Callbacks = append(t.Callbacks, &train.EarlyStopping{Patience: r.saving.patience})
	}
	if r.saving.none {
		return
	}
	t.Checkpoints = &checkpoint.Folder{
		Path: filepath.Join(r.path, checkpointsName), Steps: r.saving.steps, Interval: r.saving.interval, Keep: r.saving.keep,
		Best: r.saving.best, Higher: higherIsBetter(r.saving.best),
		Required: r.saving.required,
		Warn:     func(err error) { fmt.Fprintf(log, "demo: %s\n", printable.Text(err.Error())) },
	}
}

func higherIsBetter(score string) bool { return score == "train_accuracy" || score == "val_accuracy" }

// end writes how the run ended.
func (r *trainingRun) end(results []result, err error) error {
	if r == nil || r.path == "" {
		return nil
	}
	stopped := stderrors.Is(err, context.Canceled)
	if len(results) == 0 && !r.resumed && !stopped && r.untouched() { // one that was stopped can go on
		return nil
	}
	i := &r.info
	i.Ended = r.now()
	switch {
	case err == nil:
		i.State = stateFinished
	case stopped:
		i.State = stateStopped
	default:
		i.State = stateFailed
	}
	if len(results) > 0 {
		i.Verdict = results[0].all.Verdict.String()
	}
	err = i.write(r.path)
	if r.unsaved != nil {
		err = stderrors.Join(err, r.unsaved())
	}
	return err
}

// untouched removes the files of a run that has made no step, and reports whether it has made none.
func (r *trainingRun) untouched() bool {
	checkpoints := filepath.Join(r.path, checkpointsName)
	if list, err := checkpoint.List(checkpoints); err != nil || len(list) > 0 && list[len(list)-1].Step > 0 {
		return false
	}
	for _, path := range []string{checkpoints, filepath.Join(r.path, configName), filepath.Join(r.path, infoName), filepath.Join(r.path, metricsName)} {
		os.RemoveAll(path) // what stays says that the run is still running
	}
	return true
}

// A resumption is a callback that tells where a run goes on.
type resumption struct {
	train.Base
	log  io.Writer
	made host
}

// Begin implements train.Callback.
func (c *resumption) Begin(r *train.Run) error {
	if r.First > 0 {
		say.Fprintf(c.log, "going on at step %d of %d, in epoch %d of %d\n", r.First, r.Steps, min(r.Epoch+1, r.Epochs), r.Epochs)
		if kernels := thisHost().kernels(); c.made != (host{}) && c.made.kernels() != kernels {
			say.Fprintf(c.log, "the run began with other kernels (%s; now %s): its results may differ in the last digits from those of a run on one machine\n",
				printable.Text(c.made.kernels()), kernels)
		}
	}
	return nil
}
