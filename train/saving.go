package train

import (
	"context"
	stderrors "errors"
	"fmt"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/optim"
)

// saving is the part of a fit that writes checkpoints.
type saving struct {
	whole bool                // whether all state is that of a position
	at    checkpoint.Position // this position, or the last one
	saved *checkpoint.Position
	data  string // checksum of the training set

	folder *checkpoint.Folder // nil without one, and on a rank other than 0
	restoring
}

// reached notes that all of a step or of an epoch is done.
func (f *fit) reached(step, epoch int, scores map[string]checkpoint.Number) {
	f.at = checkpoint.Position{Step: step, Epoch: epoch, Batch: f.batch, Scores: scores}
	f.whole = true
}

// saveIfDue writes a checkpoint if it is time for one.
func (f *fit) saveIfDue() error {
	if f.Checkpoints == nil {
		return nil
	}
	due := false
	if f.folder != nil {
		if err := f.folder.Check(); err != nil {
			return err
		}
		due = f.folder.Due(f.at)
	}
	if f.exchange != nil {
		if err := f.exchange.agree(&due); err != nil {
			return err
		}
	}
	if !due {
		return nil
	}
	return f.save()
}

// checkBest returns an error if the score of which the best checkpoint is to be kept does not exist.
func (f *fit) checkBest() error {
	if f.Checkpoints == nil || f.Checkpoints.Best == "" {
		return nil
	}
	scores := f.run.Scores()
	if _, known := scores[f.Checkpoints.Best]; !known {
		return errors.Errorf("train: Trainer.Checkpoints.Best: got %q, want one of %s", f.Checkpoints.Best, strings.Join(sortedNames(scores), ", "))
	}
	return nil
}

// save writes a checkpoint of the position.
func (f *fit) save() error {
	at := f.at
	f.saved = &at
	ranks, err := f.gatherStates()
	if err != nil || f.folder == nil {
		return err
	}
	c, err := f.checkpoint()
	if err != nil {
		return f.folder.Lose(at, err)
	}
	if ranks != nil {
		c.States[ranksState] = checkpoint.State{Values: ranks}
	}
	return f.folder.Save(c)
}

// conclude writes the last checkpoint, if the run has ended between two steps, and waits until all are written. It returns the error
// of the run.
func (f *fit) conclude(ctx context.Context, err error) error {
	ended := errors.Is(err, ErrStop)
	stopped := err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) || agreed(err)
	if ended {
		err = nil
	}
	if f.whole && err == nil && f.at.Batch == 0 {
		err = f.restoreBest(ended)
	}
	if f.Checkpoints == nil {
		return err
	}
	if f.whole && (err == nil || stopped) {
		f.at.Ended = f.at.Ended || ended
		if f.saved == nil || !samePlace(*f.saved, f.at) {
			err = stderrors.Join(err, f.save())
		}
	}
	if f.folder == nil {
		return err
	}
	return stderrors.Join(err, f.folder.End())
}

// restoreBest lets an [EarlyStopping] give the parameters the values of its best epoch, and notes the scores of that epoch. The checkpoint of the
// last one is written before, if it is due.
func (f *fit) restoreBest(ended bool) error {
	for _, c := range f.callbacks {
		s, is := c.(*EarlyStopping)
		if !is || !s.restores(&f.run, f.at.Epoch) {
			continue
		}
		if f.at.Ended = f.at.Ended || ended; !f.at.Restored {
			if err := f.saveIfDue(); err != nil {
				return err
			}
		}
		s.restore(&f.run)
		f.at.Restored, f.at.Scores = true, nil
		for _, e := range f.run.History.Epochs {
			if e.Epoch == s.BestEpoch {
				f.run.Train, f.run.Val = e.Train, e.Val
				f.at.Scores = savedNumbers(f.run.Scores())
			}
		}
	}
	return nil
}

func samePlace(a, b checkpoint.Position) bool {
	return a.Step == b.Step && a.Epoch == b.Epoch && a.Batch == b.Batch && a.Ended == b.Ended && a.Restored == b.Restored
}

// checkpoint copies all that the run needs to go on.
func (f *fit) checkpoint() (*checkpoint.Checkpoint, error) {
	c := &checkpoint.Checkpoint{
		Position: f.at, Params: copies(f.Params), Optimizer: f.Optimizer.(optim.Stateful).State(),
		States: map[string]checkpoint.State{trainerState: f.state()},
	}
	if f.AverageDecay != 0 && f.Averaged != nil {
		c.Averaged = copies(f.Averaged)
	}
	random, err := f.randomState()
	if err != nil {
		return nil, err
	}
	c.States[randomState] = checkpoint.State{Values: random}
	for name, s := range f.stateful() {
		var err error
		if c.States[name], err = s.State(); err != nil {
			return nil, errors.Wrapf(err, "train: the state of %s", name)
		}
	}
	return c, nil
}

// copies are copies of all parameters by name.
func copies(ps *graph.Params) map[string]*tensor.Dense {
	values := make(map[string]*tensor.Dense)
	for _, p := range ps.All() {
		values[p.Name] = p.Value.Clone().(*tensor.Dense)
	}
	return values
}

// stateful finds the schedules and callbacks with a state, by names that are the same in each run of this trainer.
func (f *fit) stateful() map[string]checkpoint.Stateful {
	all := make(map[string]checkpoint.Stateful)
	for i, s := range f.schedules() {
		if stateful := statefulSchedule(s); stateful != nil {
			all[fmt.Sprintf("schedule/%d", i)] = stateful
		}
	}
	count := make(map[string]int)
	for _, c := range f.callbacks {
		stateful, ok := c.(checkpoint.Stateful)
		if !ok {
			continue
		}
		kind := strings.ReplaceAll(fmt.Sprintf("%T", c), ":", ";") // names of states have no colon
		all[fmt.Sprintf("callback/%s/%d", kind, count[kind])] = stateful
		count[kind]++
	}
	return all
}
