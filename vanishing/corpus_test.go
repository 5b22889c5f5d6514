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

// The corpus is a collection of networks whose sicknesses are known independently of the rules.
//
// Whether a gradient vanishes or explodes is known by construction. Mean-field theory predicts its change between the last hidden
// layer and the first from the widths, the initialisation and the activation. A change of three decades or more is a sickness. The
// corpus has no networks with a predicted change of 2 to 4 decades, because at these widths random initialisations differ by half
// a decade or more. A factor on the weights of one layer changes the gradient of all earlier layers by the same factor.
//
// The effects of training are measured on the parameters, without the recorder: a network labelled healthy after training must
// have learnt, and its first layers must have moved about as far as its last ones. Other sicknesses are injected: a bias that
// kills units, a rate of 1e10, a layer whose gradient is set to zero, random labels. In the measured specimens these are verified
// on all samples, without the recorder: see measured.

// A specimen is one network of the corpus.
type specimen struct {
	name  string
	model graph.Model
	net   *theory.Net // predicts the change of the gradient; nil if decades is set instead
	// decades is the change of the gradient from the last hidden layer to the first, if net is nil.
	decades float64

	loss      graph.Loss      // nil is the mean cross-entropy
	optimizer optim.Optimizer // nil for no training: one batch is observed
	steps     int
	set       string // "fashion", "raw", "shuffled", "noise" or "few"
	batch     int
	callbacks []train.Callback

	tamper  func(*graph.Params) // changes the initial weights
	measure bool                // whether sicknesses are measured

	sick    []string // other sicknesses, by the names of rules
	unknown []string // rules whose truth is unknown
	at      string   // layer of the first NaN or infinity; empty if unknown
	learns  float64  // bound on the final loss as a share of the initial one; 0 if it need not learn
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
		return 1 / float64(3*in), 0 // Dense initialises the bias with Constant{}
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

// expected is the change of the gradient from the last hidden layer to the first, in decades.
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

// label returns whether each rule should have a finding; rules whose truth is unknown are left out.
func (s specimen) label(decades float64) map[string]bool {
	truth := make(map[string]bool)
	for _, rule := range vanishing.Rules() {
		truth[rule] = false
	}
	truth["vanishing"], truth["exploding"] = decades <= -3, decades >= 3
	// The truth of bad-init-scale is known only for plain networks that a different scale would make healthy.
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
				delete(truth, rule) // unknown: a possible consequence, or due to the same cause
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
