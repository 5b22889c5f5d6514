package vanishing_test

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// The corpus is a collection of networks of which it is known, from elsewhere than the rules, what is wrong with them.
//
// Whether the gradient of a network vanishes or explodes is known by construction: mean-field theory tells, from the widths,
// the initialisation and the activation alone, what happens between the last hidden layer and the first, and three decades
// or more are a sickness. Networks of which theory expects between 2 and 4 decades are not in the corpus, as in a network of
// such width one initialisation differs from the next by half a decade or more. A single layer whose weights are scaled by a
// factor scales the gradient of all below by the same.
//
// What training does is judged by its consequence, which is measured on the parameters and not by the recorder: a network
// called healthy after training has to have learnt, and its first layers to have moved as its last ones have. Other
// sicknesses are there because they were put there: a bias that kills units, a rate of 1e30, a layer whose gradient is set
// to zero, labels that are random.

// A specimen is one network of the corpus.
type specimen struct {
	name  string
	model graph.Model
	net   *theory.Net // tells whether the gradient vanishes or explodes; nil if decades does
	// decades are what the gradient gains from the last hidden layer to the first, if it is not theory that tells.
	decades float64

	loss      graph.Loss      // nil is the mean cross-entropy
	optimizer optim.Optimizer // nil is no training: one batch before any step
	steps     int
	set       string // "fashion", "noise" or "few"
	batch     int
	callbacks []train.Callback

	sick    []string // what else is wrong with it, by the names of rules
	unknown []string // rules of which it cannot be told whether they should find something
	learns  float64  // share of the first loss that the last one must be below; 0 if it need not learn
}

const (
	features = 784
	width    = 32
	classes  = 10
)

// plainNet describes an mlp.Model to theory. The last layer of the description is the last hidden one.
func plainNet(m mlp.Model) *theory.Net {
	net := &theory.Net{Batch: 32}
	in := m.Input
	for _, out := range m.Widths() {
		init := m.Init
		if init == nil {
			init = m.Activation.DefaultInit()
		}
		weight, bias := variances(init, in, out)
		layer := theory.Layer{In: in, Out: out, WeightVar: weight, BiasVar: bias, Activation: m.Activation, Norm: theory.Norm(m.Norm)}
		net.Layers = append(net.Layers, layer)
		in = out
	}
	return net
}

// variances of the elements of weight and bias, by the initialisers' definitions.
func variances(init graph.Initializer, in, out int) (weight, bias float64) {
	square := func(gain, otherwise float64) float64 {
		if gain == 0 {
			return otherwise
		}
		return gain * gain
	}
	switch i := init.(type) {
	case graph.HeNormal:
		return square(i.Gain, 2) / float64(in), 0
	case graph.XavierNormal:
		return 2 * square(i.Gain, 1) / float64(in+out), 0
	case graph.LeCunNormal:
		return 1 / float64(in), 0
	case graph.Normal:
		return i.Std * i.Std, 0
	case graph.TorchDefault:
		return 1 / float64(3*in), 0 // a bias there is, but it is Constant{} in Dense
	case graph.Orthogonal:
		return square(i.Gain, 1) / float64(max(in, out)), 0
	}
	panic("no variance known of " + init.String())
}

// residualNet describes a post- or pre-activation resnet.Model to theory by its blocks' scale.
func residualNet(m resnet.Model) *theory.Net {
	norm := theory.Norm(m.Norm)
	scale := m.BranchScale
	if scale == 0 {
		scale = 1
		if m.Norm == graph.NoNorm {
			scale = 1 / math.Sqrt(float64(m.Blocks))
		}
	}
	he := func(in int) float64 { w, _ := variances(m.Activation.DefaultInit(), in, m.Width); return w }
	dense := func(in int) theory.Layer {
		return theory.Layer{In: in, Out: m.Width, WeightVar: he(in), Norm: norm, Activation: m.Activation}
	}
	net := &theory.Net{Batch: 32, Layers: []theory.Layer{dense(m.Input)}}
	for range m.Blocks {
		first := len(net.Layers)
		net.Layers = append(net.Layers, dense(m.Width), dense(m.Width))
		net.Blocks = append(net.Blocks, theory.Block{First: first, Last: first + 1, Scale: scale, NoSkip: m.NoSkip})
	}
	return net
}

func (s specimen) lossOf() graph.Loss {
	if s.loss == nil {
		return graph.CrossEntropy{}
	}
	return s.loss
}

// expected is what the gradient gains from the last hidden layer to the first, in decades.
func (s specimen) expected(t *testing.T) float64 {
	t.Helper()
	if s.net == nil {
		return s.decades
	}
	p, err := theory.Predict(*s.net)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return p.Layers[0].MeanLogDelta() / 2 / math.Ln10
}

// An outcome is what became of a specimen.
type outcome struct {
	specimen
	seed      uint64
	profile   vanishing.Profile
	diagnosis vanishing.Diagnosis
	truth     map[string]bool // by rule; what is unknown is not in it
	decades   float64
	accuracy  []float64 // by epoch; nil without training
	losses    []float64
	moved     float64 // how far the first third of the weights moved over the run, over how far the last third did
}

// grow runs a specimen.
func (s specimen) grow(t *testing.T, seed uint64) outcome {
	t.Helper()
	o := outcome{specimen: s, seed: seed, decades: s.expected(t), moved: math.NaN()}
	if math.Abs(o.decades) > 2 && math.Abs(o.decades) < 4 {
		t.Errorf("%s: theory expects %.2f decades: neither healthy nor sick", s.name, o.decades)
	}
	if s.optimizer == nil {
		o.observe(t)
	} else {
		o.train(t)
	}
	o.diagnosis = vanishing.Diagnose(o.profile)
	o.truth = s.label(o.decades)
	return o
}

// label says of each rule whether it should find something.
func (s specimen) label(decades float64) map[string]bool {
	truth := make(map[string]bool)
	for _, rule := range vanishing.Rules() {
		truth[rule] = false
	}
	truth["vanishing"], truth["exploding"] = decades <= -3, decades >= 3
	for _, rule := range s.sick {
		truth[rule] = true
	}
	// Of the plain networks whose initialisation could be mended by its scale it is known whether that is bad.
	truth["bad-init-scale"] = truth["vanishing"] || truth["exploding"]
	if m, isPlain := s.model.(mlp.Model); !isPlain || m.Norm != graph.NoNorm || m.Activation.String() == "sigmoid" {
		delete(truth, "bad-init-scale")
	}
	if truth["vanishing"] || truth["exploding"] {
		for _, rule := range []string{"layer-not-training", "learning-rate-too-small", "learning-rate-too-large", "gradient-noise", "saturation", "dead-relu"} {
			if !truth[rule] {
				delete(truth, rule) // may well be, as a consequence or for the same cause
			}
		}
	}
	for _, rule := range s.unknown {
		delete(truth, rule)
	}
	return truth
}

func (o *outcome) observe(t *testing.T) {
	t.Helper()
	set := samples(t, o.specimen, o.seed)
	batch, err := set.Subset(32)
	if err != nil {
		t.Fatal(err)
	}
	program, err := graph.Build(graph.Config{
		Model: o.model, Params: graph.NewParams(tensor.Float32, o.seed), Input: batch.X.Shape().Clone(), Loss: o.lossOf(),
	})
	if err != nil {
		t.Fatalf("%s: %v", o.name, err)
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
	batch := 32
	if o.batch != 0 {
		batch = o.batch
	}
	recorder := &vanishing.Recorder{Name: o.name, Details: vanishing.Every(5), Histograms: vanishing.Every(10)}
	snapshot := &snapshot{}
	trainer := &train.Trainer{
		Model: o.model, Loss: o.lossOf(), Optimizer: fresh(o.optimizer), Seed: o.seed, BatchSize: batch,
		Epochs: max(1, o.steps*batch/set.Len()), Callbacks: append([]train.Callback{recorder, snapshot}, o.callbacks...),
	}
	history, err := trainer.Fit(context.Background(), set, nil)
	if err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	o.profile, o.losses = recorder.Profile(), history.Losses
	o.moved = snapshot.ratio(trainer.Params, o.profile)
	for _, e := range history.Epochs {
		o.accuracy = append(o.accuracy, e.Train.Accuracy)
	}
}

// fresh is an optimiser that remembers nothing.
func fresh(o optim.Optimizer) optim.Optimizer {
	switch o := o.(type) {
	case *optim.SGD:
		return &optim.SGD{LearningRate: o.LearningRate, Momentum: o.Momentum}
	case *optim.Adam:
		return &optim.Adam{LearningRate: o.LearningRate}
	}
	panic("unknown optimiser")
}

// learnt is the last loss over the first one, each the mean over a tenth of the run.
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

// A snapshot is a callback that keeps the weights as they were first.
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

// ratio is how far the weights of the first third of the layers moved, relative to their size, over how far those of the
// last third did.
func (s *snapshot) ratio(params *graph.Params, p vanishing.Profile) float64 {
	var moved []float64
	for _, layer := range p.Layers {
		before, now := s.first[layer.Path+"/weight"], params.Get(layer.Path+"/weight").Value.Float32s()
		change, size := 0.0, 0.0
		for i := range now {
			change += math.Pow(float64(now[i]-before[i]), 2)
			size += math.Pow(float64(before[i]), 2)
		}
		if !layer.OnSkip && size > 0 {
			moved = append(moved, math.Sqrt(change/size))
		}
	}
	third := max(1, (len(moved)-1)/3)
	return mean(moved[:third]) / mean(moved[len(moved)-1-third:len(moved)-1])
}

// samples are those a specimen is shown.
func samples(t *testing.T, s specimen, seed uint64) *data.Dataset {
	t.Helper()
	switch s.set {
	case "noise":
		return noise(t, seed)
	case "few":
		part, err := images(t).Slice(int(seed)*64, int(seed)*64+64)
		if err != nil {
			t.Fatal(err)
		}
		return part
	}
	part, err := images(t).Slice(int(seed)*640, int(seed)*640+640)
	if err != nil {
		t.Fatal(err)
	}
	return part
}

// images is Fashion-MNIST, normalised, made once for all.
func images(t *testing.T) *data.Dataset {
	t.Helper()
	set, err := fashionOnce()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

var fashionOnce = sync.OnceValues(func() (*data.Dataset, error) {
	set, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		return nil, err
	}
	moments, err := set.Moments()
	if err != nil {
		return nil, err
	}
	return set, set.Normalize(moments)
})

// noise are samples from N(0, 1) with random labels.
func noise(t *testing.T, seed uint64) *data.Dataset {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	x, err := graph.Randn(tensor.Float32, rng, 640, features)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int, 640)
	for i := range labels {
		labels[i] = rng.IntN(classes)
	}
	y, err := graph.Labels(labels)
	if err != nil {
		t.Fatal(err)
	}
	return &data.Dataset{X: x, Y: y}
}
