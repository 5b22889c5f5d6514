package train

import (
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train/checkpoint"
)

// TimeLimit is a callback that ends the run after as many epochs as fit into a time: at least one, and at most those that are planned.
// It changes Run.Epochs and Run.Steps while the run goes on, from the mean time of the steps or epochs so far, so that a schedule of
// the learning rate reaches its end in time. The time is counted from Begin, and includes validation. How long a run is then depends
// on the machine: only runs without a TimeLimit give the same numbers each time. A run that goes on has the time that was left.
type TimeLimit struct {
	Base
	Limit time.Duration // must be positive

	planned, steps int // epochs, and steps of an epoch
	begun          time.Time
	run            *Run
	now            func() time.Time // nil means time.Now
}

var (
	_ Callback            = (*TimeLimit)(nil)
	_ checkpoint.Stateful = (*TimeLimit)(nil)
)

// Begin starts the clock.
func (l *TimeLimit) Begin(r *Run) error {
	if l.Limit <= 0 {
		return errors.Errorf("train: TimeLimit.Limit: got %v, want a positive time", l.Limit)
	}
	if l.now == nil {
		l.now = time.Now
	}
	l.planned, l.steps, l.begun, l.run = r.Epochs, r.Steps/r.Epochs, l.now(), r
	return nil
}

// AfterStep plans the epochs by the steps of the first one.
func (l *TimeLimit) AfterStep(r *Run) error {
	if r.Epoch == 0 {
		l.plan(r, float64(r.Step+1)/float64(l.steps))
	}
	return nil
}

// AfterEpoch plans the epochs by those that are over.
func (l *TimeLimit) AfterEpoch(r *Run) error {
	l.plan(r, float64(r.Epoch+1))
	return nil
}

// plan sets the number of epochs after some of them, which may be a part of the first.
func (l *TimeLimit) plan(r *Run, done float64) {
	fit := float64(l.planned)
	if elapsed := l.now().Sub(l.begun); elapsed > 0 {
		fit = min(fit, done*float64(l.Limit)/float64(elapsed))
	}
	r.Epochs = max(int(fit), r.Epoch+1)
	r.Steps = r.Epochs * l.steps
}

// savedLimit is the state of a limit.
type savedLimit struct {
	Used   time.Duration
	Epochs int // as planned
	Steps  int
}

// State implements checkpoint.Stateful.
func (l *TimeLimit) State() (checkpoint.State, error) {
	return checkpoint.State{Values: savedLimit{l.now().Sub(l.begun), l.run.Epochs, l.run.Steps}}, nil
}

// SetState implements checkpoint.Stateful.
func (l *TimeLimit) SetState(state checkpoint.State) error {
	var s savedLimit
	if err := state.Decode(&s); err != nil {
		return err
	}
	l.begun = l.now().Add(-s.Used)
	l.run.Epochs, l.run.Steps = s.Epochs, s.Steps
	return nil
}
