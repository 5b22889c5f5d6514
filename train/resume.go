package train

import (
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/optim"
)

// restoring is the part of a fit that goes on from a checkpoint.
type restoring struct {
	from     *checkpoint.Checkpoint // nil in a new run
	loaded   savedTrainer           // its state of the trainer
	finished bool                   // a callback had ended the run
}

// open opens the folder of checkpoints, and goes to the place in the run where it is to go on. What needs the programs waits for restore.
func (f *fit) open() error {
	c, from := f.Resume, "Trainer.Resume"
	f.Resume = nil
	if c != nil || f.Checkpoints != nil {
		f.data = fingerprint(f.train)
	}
	if f.Checkpoints != nil {
		if _, ok := f.Optimizer.(optim.Stateful); !ok {
			return errors.Errorf("train: Trainer.Checkpoints: got a %T, which has no state to save, want an optim.Stateful", f.Optimizer)
		}
		newest, err := f.newest()
		if err != nil {
			return errors.Wrap(err, "train")
		}
		if c == nil && newest != nil {
			c, from, f.finished = newest, f.Checkpoints.Path, newest.Ended
		}
	}
	if c == nil {
		return nil
	}
	if err := f.goTo(c); err != nil {
		if f.folder != nil {
			f.folder.End()
		}
		return errors.Wrapf(err, "train: resuming from %s at step %d", from, c.Step)
	}
	return nil
}

// newest opens the folder, and gives its newest whole checkpoint; nil if there is none. On a rank other than 0 it reads the folder only.
func (f *fit) newest() (*checkpoint.Checkpoint, error) {
	if f.exchange != nil {
		return f.newestOfRanks()
	}
	f.folder = f.Checkpoints
	return f.folder.Begin()
}

// goTo takes everything of a checkpoint that does not need the programs.
func (f *fit) goTo(c *checkpoint.Checkpoint) error {
	f.from = c
	if err := c.States[trainerState].Decode(&f.loaded); err != nil {
		return err
	}
	if err := f.sameSettings(); err != nil {
		return err
	}
	optimizer, ok := f.Optimizer.(optim.Stateful)
	if !ok {
		return errors.Errorf("got a %T, which has no state to restore, want an optim.Stateful", f.Optimizer)
	}
	if err := optimizer.SetState(c.Optimizer); err != nil {
		return err
	}
	if err := f.Params.Assign(c.Params, graph.Assignment{}); err != nil {
		return err
	}
	r := &f.run
	r.Step, r.First, r.Epoch, f.batch = c.Step, c.Step, c.Epoch, c.Batch
	r.LearningRate, r.BatchLoss, r.History.LossInterval = float64(f.loaded.LearningRate), float64(f.loaded.BatchLoss), f.loaded.LossInterval
	if losses := c.States[trainerState].Tensors[lossesTensor]; losses != nil {
		values, ok := losses.Data().([]float64)
		if !ok {
			return errors.Errorf("the losses: got %v, want float64", losses.Dtype())
		}
		r.History.Losses = slices.Clone(values)
	}
	for _, e := range f.loaded.Epochs {
		scores := EpochScores{e.Epoch, e.Train.scores(), e.Val.scores()}
		r.History.Epochs = append(r.History.Epochs, scores)
		r.Train, r.Val = scores.Train, scores.Val
	}
	f.at, f.whole = c.Position, true
	f.saved = &c.Position
	return nil
}

// sameSettings returns an error unless the run would make the same steps as that of the checkpoint.
func (f *fit) sameSettings() error {
	got, want := reflect.ValueOf(f.settings()), reflect.ValueOf(f.loaded.Settings)
	for i := range got.NumField() {
		if g, w := got.Field(i).Interface(), want.Field(i).Interface(); !reflect.DeepEqual(g, w) {
			return errors.Errorf("%s is not that of the checkpoint: got %v, want %v (begin anew in another folder to change it)",
				got.Type().Field(i).Name, g, w)
		}
	}
	if k := kernels(); f.folder != nil && k != f.loaded.Kernels {
		f.folder.Note(errors.Errorf("train: the checkpoint was made with other kernels, which may round otherwise: got %s, want %s", k, f.loaded.Kernels))
	}
	return nil
}

// restoreUpdates tells how often the parameters have moved.
func (f *fit) restoreUpdates() {
	if f.from == nil {
		return
	}
	for _, p := range f.Params.All() {
		p.Updates = f.loaded.Updates[p.Name]
	}
}

// restore takes the rest of a checkpoint, when all programs are built.
func (f *fit) restore() error {
	f.whole = true
	if f.from == nil {
		return nil
	}
	for _, part := range []func() error{f.restoreAverages, f.restoreRandom, f.restoreTally, f.restoreStates} {
		if err := part(); err != nil {
			f.whole = false
			return errors.Wrapf(err, "train: resuming at step %d", f.from.Step)
		}
	}
	return nil
}

func (f *fit) restoreAverages() error {
	if f.AverageDecay == 0 {
		return nil
	}
	f.Averaged, f.run.Averaged = nil, nil
	if f.from.Averaged == nil {
		return nil
	}
	averaged := f.Params.Clone()
	if err := averaged.Assign(f.from.Averaged, graph.Assignment{}); err != nil {
		return err
	}
	for _, p := range averaged.All() {
		p.Updates = f.loaded.Updates[p.Name]
	}
	f.Averaged, f.run.Averaged = averaged, averaged
	return nil
}

func (f *fit) restoreRandom() error {
	states, err := f.ownRandom()
	if states == nil || err != nil {
		return err
	}
	for size, p := range f.programs {
		sources, saved := p.RandomSources(), states[strconv.Itoa(size)]
		if len(saved) != len(sources) {
			return errors.Errorf("got the states of %d sources of random numbers, want those of %d (is the model another one?)", len(saved), len(sources))
		}
		for i, source := range sources {
			if err := source.UnmarshalBinary(saved[i]); err != nil {
				return errors.Wrapf(err, "source %d of random numbers", i)
			}
		}
	}
	return nil
}

// restoreTally restores the scores of the epoch so far.
func (f *fit) restoreTally() error {
	if f.batch == 0 {
		return nil
	}
	last := samples(f.train, f.stream) - (f.batch-1)*f.loader.Size
	f.run.Program = f.programs[f.own(min(f.loader.Size, last))] // all batches of the epoch may be used
	parts := f.run.Program.Parts
	if len(parts) != len(f.loaded.Losses) {
		return errors.Errorf("got the sums of %d losses, want those of %d", len(f.loaded.Losses), len(parts))
	}
	rank, err := f.ownTally()
	if err != nil {
		return err
	}
	f.tally = &tally{samples: float64(rank.Samples)}
	for i, part := range parts {
		t, saved := newLossTally(part), rank.Losses[i]
		if t.name != saved.Name {
			return errors.Errorf("got the sums of a loss %q, want those of %q", saved.Name, t.name)
		}
		t.loss, t.weights, t.hits = float64(saved.Loss), float64(saved.Weights), float64(saved.Hits)
		t.unlabelled = float64(saved.Unlabelled)
		f.tally.losses = append(f.tally.losses, t)
	}
	return nil
}

// restoreStates restores schedules and callbacks. One that is new keeps the state that it has.
func (f *fit) restoreStates() error {
	all := f.stateful()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		state, saved := f.from.States[name]
		if !saved {
			continue
		}
		if err := guard(func() error { return all[name].SetState(state) }); err != nil {
			return errors.Wrapf(err, "the state of %s", name)
		}
	}
	return nil
}
