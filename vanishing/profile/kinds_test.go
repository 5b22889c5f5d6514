package profile

import (
	"fmt"
	"testing"
)

func TestKindsInWords(t *testing.T) {
	for want, of := range map[string]fmt.Stringer{
		"relu": Activation{Kind: ReLU}, "leaky_relu(0.1)": Activation{LeakyReLU, 0.1}, "elu(1)": Activation{ELU, 1}, "bn": Norm{BatchNorm},
		"he_normal(gain=1.414)": &Initializer{Kind: HeNormal, Gain: 1.4142}, "he_uniform_fan_out(gain=2)": &Initializer{Kind: HeUniform, Gain: 2, FanOut: true},
		"constant(value=0)": &Initializer{Kind: Constant}, "uniform(low=-1, high=2)": &Initializer{Kind: Uniform, Low: -1, High: 2},
		"normal(mean=0, std=0.5)": &Initializer{Kind: Normal, Std: 0.5}, "lecun_normal": &Initializer{Kind: LeCunNormal},
		"my own": &Initializer{Kind: OtherInit, Name: "my own"}, "sgd(lr=0.1, momentum=0.9, nesterov, decay=1e-05)": &Optimizer{
			Kind: SGD, LearningRate: 0.1, Momentum: 0.9, Nesterov: true, WeightDecay: 1e-5},
		"adam(lr=0.001, betas=0.9/0.999, eps=1e-08)":     &Optimizer{Kind: Adam, LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
		"rmsprop(lr=0.1, alpha=0.5, centered, groups=2)": &Optimizer{Kind: RMSProp, LearningRate: 0.1, Alpha: 0.5, Centered: true, Groups: 2},
		"lars(trust=0.001)":                              &Optimizer{Kind: LARS, TrustCoefficient: 0.001}, "adagrad(lr_decay=0.5)": &Optimizer{Kind: AdaGrad, RateDecay: 0.5},
		"rmsprop": &Optimizer{Kind: RMSProp}, "a solver": &Optimizer{Kind: OtherOptimizer, Name: "a solver"},
	} {
		if got := of.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if text := (Activation{}).String() + (Norm{}).String() + (*Initializer)(nil).String() + (*Optimizer)(nil).String(); text != "" {
		t.Errorf("of nothing: %q", text)
	}
}

func TestNormalizing(t *testing.T) {
	for kind, want := range map[OptimizerKind]bool{SGD: false, Adam: false, Lion: true, LAMB: true, LARS: true, Muon: true} {
		if (&Optimizer{Kind: kind}).Normalizing() != want {
			t.Errorf("%s: want %v", kind, want)
		}
	}
	if (*Optimizer)(nil).Normalizing() {
		t.Error("no optimiser normalises")
	}
}

func TestAdaptive(t *testing.T) {
	for kind, want := range map[OptimizerKind]bool{SGD: false, OtherOptimizer: false, Adam: true, RMSProp: true, LAMB: true, Lion: false} {
		if (&Optimizer{Kind: kind}).Adaptive() != want {
			t.Errorf("%s: want %v", kind, want)
		}
	}
	if (*Optimizer)(nil).Adaptive() {
		t.Error("no optimiser is adaptive")
	}
}
