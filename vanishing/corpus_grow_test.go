package vanishing_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// An outcome is the result of running a specimen.
type outcome struct {
	specimen
	seed      uint64
	shown     *data.Dataset // all samples
	params    *graph.Params // after the run
	first     *graph.Params // before the run; nil until drawn
	seen      *sight        // nil until measured
	snapshot  snapshot      // of the initial weights
	before    float64       // loss of all samples before training; 0 until computed
	profile   vanishing.Profile
	diagnosis vanishing.Diagnosis
	truth     map[string]bool // by rule; without the rules whose truth is unknown
	decades   float64
	accuracy  []float64 // by epoch; nil without training
	losses    []float64
	moved     float64 // see snapshot.ratio
}

// grow runs a specimen.
func (s specimen) grow(t *testing.T, seed uint64) outcome {
	t.Helper()
	o := outcome{specimen: s, seed: seed, decades: s.expected(t), moved: math.NaN()}
	if math.Abs(o.decades) > 2 && math.Abs(o.decades) < 4 {
		t.Errorf("%s: ambiguous specimen: theory predicts %.2f decades, want at most 2 or at least 4", s.name, o.decades)
	}
	if s.optimizer == nil {
		o.observe(t)
	} else {
		o.train(t)
	}
	o.diagnosis = vanishing.Diagnose(o.profile)
	o.truth = s.label(o.decades)
	if s.measure {
		o.relabel(t)
	}
	return o
}

func (o *outcome) observe(t *testing.T) {
	t.Helper()
	set := samples(t, o.specimen, o.seed)
	batch, err := set.Subset(32)
	if err != nil {
		t.Fatal(err)
	}
	o.shown, o.params = set, graph.NewParams(tensor.Float32, o.seed)
	program, err := graph.Build(graph.Config{
		Model: o.model, Params: o.params, Input: batch.X.Shape().Clone(), Loss: o.lossOf(),
	})
	if err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	if o.tamper != nil {
		o.tamper(o.params)
	}
	if o.profile, err = vanishing.Observe(o.name, program, batch.X, batch.Y); err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	if err := program.Close(); err != nil {
		t.Fatal(err)
	}
}

func (o *outcome) train(t *testing.T) {
	t.Helper()
	set := samples(t, o.specimen, o.seed)
	recorder := &vanishing.Recorder{Name: o.name, Details: vanishing.Every(5), Histograms: vanishing.Every(10)}
	o.shown = set
	trainer := o.trainer(fresh(o.optimizer), slices.Concat([]train.Callback{spoil{with: o.tamper}}, o.callbacks, []train.Callback{recorder, &o.snapshot}))
	history, err := trainer.Fit(context.Background(), set, nil)
	if err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	o.profile, o.losses, o.params = recorder.Profile(), history.Losses, trainer.Params
	o.moved = o.snapshot.ratio(trainer.Params, o.profile)
	for _, e := range history.Epochs {
		o.accuracy = append(o.accuracy, e.Train.Accuracy)
	}
}

// trainer makes a trainer of the specimen.
func (o *outcome) trainer(optimizer optim.Optimizer, callbacks []train.Callback) *train.Trainer {
	return &train.Trainer{
		Model: o.model, Loss: o.lossOf(), Optimizer: optimizer, Seed: o.seed, BatchSize: o.batchSize(),
		Epochs: max(1, o.steps*o.batchSize()/o.shown.Len()), Callbacks: callbacks,
	}
}

// fresh copies an optimiser without its state.
func fresh(o optim.Optimizer) optim.Optimizer {
	switch o := o.(type) {
	case *optim.SGD:
		return &optim.SGD{LearningRate: o.LearningRate, Momentum: o.Momentum}
	case *optim.Adam:
		return &optim.Adam{LearningRate: o.LearningRate}
	}
	panic("unknown optimiser")
}

// learnt is the final loss over the initial one, each averaged over a tenth of the run.
func (o *outcome) learnt() float64 {
	n := max(1, len(o.losses)/10)
	return mean(o.losses[len(o.losses)-n:]) / mean(o.losses[:n])
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, v := range list {
		sum += v
	}
	return sum / float64(len(list))
}

// A snapshot is a callback that keeps the initial weights.
type snapshot struct {
	train.Base
	first map[string][]float32
}

func (s *snapshot) BeforeStep(r *train.Run) error {
	if s.first != nil {
		return nil
	}
	s.first = make(map[string][]float32)
	for _, p := range r.Params.All() {
		s.first[p.Name] = append([]float32(nil), p.Value.Float32s()...)
	}
	return nil
}

// ratio is the mean relative change of the weights in the first third of the layers, over that in the last third.
func (s *snapshot) ratio(params *graph.Params, p vanishing.Profile) float64 {
	var moved []float64
	for _, layer := range p.Layers {
		if change := s.moved(params, layer.Path+"/weight"); !layer.OnSkip && !math.IsInf(change, 1) {
			moved = append(moved, change)
		}
	}
	third := max(1, (len(moved)-1)/3)
	return mean(moved[:third]) / mean(moved[len(moved)-1-third:len(moved)-1])
}

// moved is the relative change of a parameter; infinite if the parameter was zero.
func (s *snapshot) moved(params *graph.Params, name string) float64 {
	before, now := s.first[name], params.Get(name).Value.Float32s()
	change, size := 0.0, 0.0
	for i := range now {
		step, was := float64(now[i]-before[i]), float64(before[i])
		change += step * step
		size += was * was
	}
	if size == 0 {
		return math.Inf(1)
	}
	return math.Sqrt(change / size)
}
