package vanishing_test

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
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
// sicknesses are there because they were put there: a bias that kills units, a rate of 1e10, a layer whose gradient is set
// to zero, labels that are random. Of the measured specimens each of these is measured as well, on all samples and without
// the recorder: see measured.

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
	set       string // "fashion", "raw", "shuffled", "noise" or "few"
	batch     int
	callbacks []train.Callback

	tamper  func(*graph.Params) // changes the weights once they are drawn, unlike declared
	measure bool                // what it suffers from is measured, as far as it can be

	sick    []string // what else is wrong with it, by the names of rules
	unknown []string // rules of which it cannot be told whether they should find something
	at      string   // layer at which the first NaN or infinity should be found; empty if that is not known
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
func variances(init initializer.Initializer, in, out int) (weight, bias float64) {
	square := func(gain, otherwise float64) float64 {
		if gain == 0 {
			return otherwise
		}
		return gain * gain
	}
	switch i := init.(type) {
	case initializer.HeNormal:
		return square(i.Gain, 2) / float64(in), 0
	case initializer.XavierNormal:
		return 2 * square(i.Gain, 1) / float64(in+out), 0
	case initializer.LeCunNormal:
		return 1 / float64(in), 0
	case initializer.Normal:
		return i.Std * i.Std, 0
	case initializer.TorchDefault:
		return 1 / float64(3*in), 0 // a bias there is, but it is Constant{} in Dense
	case initializer.Orthogonal:
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

// label says of each rule whether it should find something.
func (s specimen) label(decades float64) map[string]bool {
	truth := make(map[string]bool)
	for _, rule := range vanishing.Rules() {
		truth[rule] = false
	}
	truth["vanishing"], truth["exploding"] = decades <= -3, decades >= 3
	// Of the plain networks whose initialisation could be mended by its scale it is known whether that is bad.
	truth["bad-init-scale"] = truth["vanishing"] || truth["exploding"]
	if m, isPlain := s.model.(mlp.Model); !isPlain || m.Norm != graph.NoNorm || m.Activation.String() == "sigmoid" {
		delete(truth, "bad-init-scale")
	}
	for _, rule := range s.sick {
		truth[rule] = true
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

func (s specimen) batchSize() int {
	if s.batch == 0 {
		return 32
	}
	return s.batch
}
