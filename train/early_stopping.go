package train

import (
	"cmp"
	"math"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// EarlyStopping is a callback that ends a run in good order when a score has not improved for some epochs. The parameters then have the
// values again that they had after the best epoch: at the end of Fit, after all callbacks have seen the last epoch. So it is too when all planned
// epochs are over. A run that is stopped in another way keeps the values it has, so that it can be resumed.
type EarlyStopping struct {
	Base
	Monitor  string  // score, as [Run.Scores] names it; empty means "val_loss", or "train_loss" without validation data
	Higher   bool    // higher scores are better, as accuracies
	Patience int     // epochs without improvement that are borne; 0 means 5
	MinDelta float64 // least improvement that counts
	KeepLast bool    // keep the values of the last epoch

	Best      float64 // best score so far; NaN before the first
	BestEpoch int     // its epoch
	Waited    int     // epochs since
	Stopped   bool    // whether the callback has ended the run

	values, averages weights // after the best epoch
}

var (
	_ Callback            = (*EarlyStopping)(nil)
	_ checkpoint.Stateful = (*EarlyStopping)(nil)
)

// Begin forgets an earlier run.
func (s *EarlyStopping) Begin(r *Run) error {
	if s.Monitor != "" {
		if err := r.checkScore(s.Monitor, "EarlyStopping.Monitor"); err != nil {
			return err
		}
	}
	if s.Patience < 0 || !(s.MinDelta >= 0) {
		return errors.Errorf("train: EarlyStopping: got Patience %d and MinDelta %g, want numbers of at least 0", s.Patience, s.MinDelta)
	}
	s.Best, s.BestEpoch, s.Waited, s.Stopped = math.NaN(), 0, 0, false
	s.values, s.averages = nil, nil
	return nil
}

// AfterEpoch compares the score of the epoch with the best one.
func (s *EarlyStopping) AfterEpoch(r *Run) error {
	score, err := s.score(r)
	if err != nil {
		return err
	}
	if s.better(score) {
		s.Best, s.BestEpoch, s.Waited = score, r.Epoch, 0
		s.keep(r)
	} else if s.Waited++; s.Waited > cmp.Or(s.Patience, 5) {
		s.Stopped = true
	}
	if s.Stopped {
		return ErrStop
	}
	return nil
}

func (s *EarlyStopping) score(r *Run) (float64, error) {
	name := s.Monitor
	if name == "" && r.HasVal {
		name = "val_loss"
	}
	all := r.Scores()
	score, known := all[cmp.Or(name, "train_loss")]
	if !known {
		return 0, errors.Errorf("train: EarlyStopping.Monitor: got %q, want one of %s", name, strings.Join(sortedNames(all), ", "))
	}
	return score, nil
}

func (s *EarlyStopping) better(score float64) bool {
	switch {
	case math.IsNaN(s.Best):
		return !math.IsNaN(score)
	case s.Higher:
		return score > s.Best+s.MinDelta
	}
	return score < s.Best-s.MinDelta
}

// keep copies the parameters and their averages.
func (s *EarlyStopping) keep(r *Run) {
	if s.KeepLast {
		return
	}
	s.values = s.values.of(r.Params)
	if r.Averaged != nil {
		s.averages = s.averages.of(r.Averaged)
	}
}

// restores reports whether a run is over after so many epochs, and the parameters get the values of an earlier one.
func (s *EarlyStopping) restores(r *Run, epochs int) bool {
	return s.values != nil && (s.Stopped || epochs >= r.Epochs) && s.BestEpoch != epochs-1
}

// restore gives the parameters the values of the best epoch.
func (s *EarlyStopping) restore(r *Run) {
	s.values.moveTo(r.Params)
	if r.Averaged != nil {
		s.averages.moveTo(r.Averaged)
	}
}

// weights are copies of the values of parameters, by name.
type weights map[string]*tensor.Dense

// of copies the parameters into the memory of earlier copies, if there are some.
func (w weights) of(ps *graph.Params) weights {
	if w == nil {
		return copies(ps)
	}
	for _, p := range ps.All() {
		copyValues(w[p.Name], p.Value)
	}
	return w
}

// moveTo copies the values to the parameters.
func (w weights) moveTo(ps *graph.Params) {
	for name, v := range w {
		copyValues(ps.Get(name).Value, v)
	}
}

// copyValues copies a tensor to another one of the same shape and type, row by row in memory.
func copyValues(to, from *tensor.Dense) {
	if to.Dtype() == tensor.Float32 {
		copy(to.Float32s(), from.Float32s())
		return
	}
	copy(to.Float64s(), from.Float64s())
}

// A savedStopping is the state of an EarlyStopping, apart from the values.
type savedStopping struct {
	Best      checkpoint.Number
	BestEpoch int
	Waited    int
	Stopped   bool
}

// The prefixes of values and averages among the tensors of a state.
const (
	valuePrefix   = "value:"
	averagePrefix = "average:"
)

// State implements checkpoint.Stateful.
func (s *EarlyStopping) State() (checkpoint.State, error) {
	state := checkpoint.State{
		Values:  savedStopping{checkpoint.Number(s.Best), s.BestEpoch, s.Waited, s.Stopped},
		Tensors: make(map[string]*tensor.Dense),
	}
	for name, v := range s.values {
		state.Tensors[valuePrefix+name] = v.Clone().(*tensor.Dense)
	}
	for name, v := range s.averages {
		state.Tensors[averagePrefix+name] = v.Clone().(*tensor.Dense)
	}
	return state, nil
}

// SetState implements checkpoint.Stateful.
func (s *EarlyStopping) SetState(state checkpoint.State) error {
	var saved savedStopping
	if err := state.Decode(&saved); err != nil {
		return err
	}
	s.Best, s.BestEpoch, s.Waited, s.Stopped = float64(saved.Best), saved.BestEpoch, saved.Waited, saved.Stopped
	s.values, s.averages = nil, nil
	for key, v := range state.Tensors {
		if name, ok := strings.CutPrefix(key, valuePrefix); ok {
			s.values = s.values.with(name, v)
		}
		if name, ok := strings.CutPrefix(key, averagePrefix); ok {
			s.averages = s.averages.with(name, v)
		}
	}
	return nil
}

// with adds a value.
func (w weights) with(name string, v *tensor.Dense) weights {
	if w == nil {
		w = make(weights)
	}
	w[name] = v
	return w
}
