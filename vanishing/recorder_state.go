package vanishing

import (
	"slices"
	"time"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/vanishing/profile"
)

var _ checkpoint.Stateful = (*Recorder)(nil)

// A recorderState is what a recorder keeps between steps.
type recorderState struct {
	Profile       profile.Profile
	Records       []profile.Record
	Selection     selectionState
	Targets       []graph.TargetMoments
	TargetBatch   int
	Epochs        []profile.Epoch
	EpochInterval int
	NoiseTurns    map[int]int // by the batch size of the program

	Steps                          int
	StepTime, ExtraTime, Recording time.Duration
}

// A selectionState is what a stepSelection keeps.
type selectionState struct {
	Due, Stride, WithHistograms int
	LastDetails, LastHistograms int // of the default schedules
}

// State implements checkpoint.Stateful: a resumed run goes on with its profile.
func (r *Recorder) State() (checkpoint.State, error) {
	s := recorderState{
		Profile: r.profile, Records: r.kept[:len(r.kept):len(r.kept)], Selection: r.selection.state(),
		TargetBatch: r.targets.batch, Epochs: slices.Clone(r.epochs.list), EpochInterval: r.epochs.interval, NoiseTurns: make(map[int]int),
		Steps: r.steps, StepTime: r.stepTime, ExtraTime: r.extraTime, Recording: r.recording(),
	}
	for _, m := range r.targets.moments {
		m.Sum, m.Squares, m.Kept = slices.Clone(m.Sum), slices.Clone(m.Squares), slices.Clone(m.Kept)
		s.Targets = append(s.Targets, m)
	}
	for p, w := range r.probes {
		s.NoiseTurns[p.Input.Shape()[0]] = w.snrTurn
	}
	return checkpoint.State{Values: s}, nil
}

// SetState implements checkpoint.Stateful.
func (r *Recorder) SetState(state checkpoint.State) error {
	var s recorderState
	if err := state.Decode(&s); err != nil {
		return err
	}
	r.profile, r.kept = s.Profile, s.Records
	r.selection.setState(s.Selection)
	r.targets = baseline{moments: s.Targets, batch: s.TargetBatch}
	r.epochs = epochLog{s.Epochs, s.EpochInterval}
	r.steps, r.stepTime, r.extraTime, r.earlier = s.Steps, s.StepTime, s.ExtraTime, s.Recording
	for p, w := range r.probes {
		r.targets.program = p
		w.snrTurn = s.NoiseTurns[p.Input.Shape()[0]]
	}
	return nil
}

func (s *stepSelection) state() selectionState {
	return selectionState{s.due, s.stride, s.withHistograms, lastOf(s.details), lastOf(s.histograms)}
}

func (s *stepSelection) setState(saved selectionState) {
	s.due, s.stride, s.withHistograms = saved.Due, max(1, saved.Stride), saved.WithHistograms
	setLast(s.details, saved.LastDetails)
	setLast(s.histograms, saved.LastHistograms)
}

// lastOf is the last step that a default schedule has selected; -1 for other schedules, which have no state.
func lastOf(s Schedule) int {
	if s, byDefault := s.(*spaced); byDefault {
		return s.last
	}
	return -1
}

func setLast(s Schedule, step int) {
	if s, byDefault := s.(*spaced); byDefault {
		s.last = step
	}
}
