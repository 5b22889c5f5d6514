package train

import (
	"fmt"
	"strconv"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/schedule"
)

// The names of the states that are not of a callback or a schedule.
const (
	trainerState = "trainer"
	randomState  = "random"
)

// lossesTensor is the name of the losses of the history.
const lossesTensor = "losses"

// A savedNumber is a score in a checkpoint.
type savedNumber = checkpoint.Number

// A savedTrainer is the state of a fit.
type savedTrainer struct {
	Settings     savedSettings
	Kernels      string // that computed the numbers
	LearningRate savedNumber
	BatchLoss    savedNumber
	Updates      map[string]int // by parameter
	Samples      savedNumber    // of the epoch so far
	Losses       []savedLoss    // of the epoch so far
	LossInterval int
	Epochs       []savedEpoch
}

// savedSettings are the settings that decide which steps a run makes.
type savedSettings struct {
	Seed         uint64
	Samples      int
	Data         string // checksum of the training set
	BatchSize    int
	DropLast     bool
	NoShuffle    bool
	Accumulate   int
	AverageDecay float64
	Augment      []string
	Dtype        string
}

type savedLoss struct {
	Name                string
	Loss, Weights, Hits savedNumber
	Unlabelled          savedNumber
}

type savedEpoch struct {
	Epoch      int
	Train, Val savedScores
}

type savedScores struct {
	Loss, Accuracy savedNumber
	Metrics        map[string]savedNumber `json:",omitempty"`
	Parts          map[string]savedScores `json:",omitempty"`
}

func (f *fit) settings() savedSettings {
	s := savedSettings{
		Seed: f.Seed, Samples: samples(f.train, f.stream), Data: f.data, BatchSize: f.loader.Size, DropLast: f.DropLast, NoShuffle: f.NoShuffle,
		Accumulate: max(1, f.Accumulate), AverageDecay: f.AverageDecay, Dtype: f.Params.Dtype().String(),
	}
	for _, t := range f.Augment {
		s.Augment = append(s.Augment, fmt.Sprintf("%T", t))
	}
	return s
}

// kernels names the kernels in use. Others round otherwise.
func kernels() string { return kernel.Products().Name + ", " + kernel.Kernels() }

// state is the state of the fit itself.
func (f *fit) state() checkpoint.State {
	s := savedTrainer{
		Settings: f.settings(), Kernels: kernels(), LearningRate: savedNumber(f.run.LearningRate),
		BatchLoss: savedNumber(f.run.BatchLoss), Updates: make(map[string]int),
		LossInterval: f.run.History.LossInterval,
	}
	for _, p := range f.Params.All() {
		s.Updates[p.Name] = p.Updates
	}
	s.Samples, s.Losses = f.savedTally()
	for _, e := range f.run.History.Epochs {
		s.Epochs = append(s.Epochs, savedEpoch{e.Epoch, e.Train.save(), e.Val.save()})
	}
	state := checkpoint.State{Values: s}
	if losses := f.run.History.Losses; len(losses) > 0 {
		backing := append([]float64(nil), losses...)
		state.Tensors = map[string]*tensor.Dense{lossesTensor: tensor.New(tensor.WithShape(len(backing)), tensor.WithBacking(backing))}
	}
	return state
}

// savedTally are the sums of the epoch so far.
func (f *fit) savedTally() (samples savedNumber, losses []savedLoss) {
	if f.tally == nil {
		return 0, nil
	}
	for _, l := range f.tally.losses {
		losses = append(losses, savedLoss{l.name, savedNumber(l.loss), savedNumber(l.weights), savedNumber(l.hits), savedNumber(l.unlabelled)})
	}
	return savedNumber(f.tally.samples), losses
}

// randomState are the states of the sources of random numbers, by the batch size of the program.
func (f *fit) randomState() (map[string][][]byte, error) {
	states := make(map[string][][]byte)
	for size, p := range f.programs {
		for _, source := range p.RandomSources() {
			state, err := source.MarshalBinary()
			if err != nil {
				return nil, err
			}
			states[strconv.Itoa(size)] = append(states[strconv.Itoa(size)], state)
		}
	}
	return states, nil
}

func savedNumbers(values map[string]float64) map[string]savedNumber {
	if values == nil {
		return nil
	}
	list := make(map[string]savedNumber, len(values))
	for name, v := range values {
		list[name] = savedNumber(v)
	}
	return list
}

func (s Scores) save() savedScores {
	saved := savedScores{Loss: savedNumber(s.Loss), Accuracy: savedNumber(s.Accuracy), Metrics: savedNumbers(s.Metrics)}
	for name, part := range s.Parts {
		if saved.Parts == nil {
			saved.Parts = make(map[string]savedScores)
		}
		saved.Parts[name] = part.save()
	}
	return saved
}

func (s savedScores) scores() Scores {
	scores := Scores{Loss: float64(s.Loss), Accuracy: float64(s.Accuracy)}
	for name, v := range s.Metrics {
		if scores.Metrics == nil {
			scores.Metrics = make(map[string]float64)
		}
		scores.Metrics[name] = float64(v)
	}
	for name, part := range s.Parts {
		if scores.Parts == nil {
			scores.Parts = make(map[string]Scores)
		}
		scores.Parts[name] = part.scores()
	}
	return scores
}

// schedules lists the parts of the schedule; nil without one.
func (f *fit) schedules() []schedule.Schedule {
	if f.Schedule == nil {
		return nil
	}
	return schedule.Parts(f.Schedule)
}

// statefulSchedule gives access to the state of a schedule; nil if it has none.
func statefulSchedule(s schedule.Schedule) checkpoint.Stateful {
	if p, ok := s.(*schedule.Plateau); ok {
		return plateau{p}
	}
	stateful, _ := s.(checkpoint.Stateful)
	return stateful
}

// A plateau saves the state of a schedule.Plateau.
type plateau struct{ *schedule.Plateau }

type savedPlateau struct {
	Best    savedNumber
	HasBest bool
	Bad     int
	Cooling int
	Factor  savedNumber
}

func (p plateau) State() (checkpoint.State, error) {
	s := p.Plateau.State
	return checkpoint.State{Values: savedPlateau{savedNumber(s.Best), s.HasBest, s.Bad, s.Cooling, savedNumber(s.Factor)}}, nil
}

func (p plateau) SetState(state checkpoint.State) error {
	var s savedPlateau
	if err := state.Decode(&s); err != nil {
		return err
	}
	p.Plateau.State = schedule.PlateauState{Best: float64(s.Best), HasBest: s.HasBest, Bad: s.Bad, Cooling: s.Cooling, Factor: float64(s.Factor)}
	return nil
}
