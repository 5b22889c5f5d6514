package rivals

import (
	"math"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

func named(t *testing.T, rules []Rule, name string) Rule {
	t.Helper()
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("no rule %q", name)
	}
	return rules[i]
}

// Very large pre-activations saturate: half of the outputs are at each end. Very small ones leave all in the middle. In between
// rho_B of tanh is E|tanh(z)|: 0.7424 for a deviation of 2, by the rectangle rule on 400,000 points from -20 to 20.
func TestRhoB(t *testing.T) {
	for _, c := range []struct {
		activation profile.ActivationKind
		mean, std  profile.Number
		is         float64
	}{{"tanh", 0, 1e6, 1}, {"tanh", 0, 1e-9, 0}, {"sigmoid", 100, 1, 1}, {"tanh", 0, 2, 0.7424}, {"sigmoid", 0, 4, 0.7424}} {
		got := rhoB(profile.Layer{Activation: profile.Activation{Kind: c.activation}}, profile.LayerDetail{PreMean: c.mean, PreStd: c.std})
		if math.Abs(got-c.is) > 1e-3 {
			t.Errorf("%+v: %.4f", c, got)
		}
	}
	if got := rhoB(profile.Layer{Activation: profile.Activation{Kind: profile.ReLU}}, profile.LayerDetail{PreStd: 1}); !math.IsNaN(got) {
		t.Errorf("of ReLU: %g, want NaN", got)
	}
}

// The variance that suits a weight depends on the activation: for 200 inputs and 20 outputs He's is 0.01, LeCun's 0.005 and
// Glorot's 0.0091. Three times He's is not within a factor of 2.71 of any.
func TestWeightsThatSuit(t *testing.T) {
	for _, c := range []struct {
		variance   float64
		activation profile.ActivationKind
		want       bool
	}{
		{0.01, "relu", true}, {0.03, "relu", false}, {0.0035, "relu", false}, {0.0035, "tanh", true}, {0.0035, "sigmoid", true},
		{0.0015, "sigmoid", false}, {0.015, "sigmoid", false}, {0.015, "elu", true}, {0.03, "elu", false}, {1e-9, "elu", false},
	} {
		if got := suits(math.Sqrt(c.variance), c.activation, 200, 20); got != c.want {
			t.Errorf("a variance of %g with %s: %v", c.variance, c.activation, got)
		}
	}
}

// The rules about the loss use means of ten steps.
func TestLossesOfTheDeepChecker(t *testing.T) {
	for _, c := range []struct {
		name string
		loss func(ten int) float64
		want bool
	}{
		{"stagnated loss", func(i int) float64 { return math.Pow(0.96, float64(i)) }, true},
		{"stagnated loss", func(i int) float64 { return math.Pow(0.94, float64(i)) }, false},
		{"stagnated loss", func(i int) float64 { return math.Pow(0.5, float64(i/4)) }, false}, // never four times in a row
		{"diverging loss", func(i int) float64 { return math.Pow(2, float64(i)) }, true},
		{"diverging loss", func(i int) float64 { return math.Pow(1.9, float64(i)) }, false},
		{"fluctuating loss", func(i int) float64 { return 1 + float64(i%2) }, true},
		{"fluctuating loss", func(i int) float64 { return 1 + float64(i/2%2) }, false},
	} {
		p := sound()
		for i := range p.Records {
			p.Records[i].Loss = profile.Number(c.loss(i / 10))
		}
		if result := named(t, deepCheckerLoss(), c.name).Fires(p); !result.Known || result.Fires != c.want {
			t.Errorf("%s: %+v, want %v", c.name, result, c.want)
		}
	}
}

func TestBiasesOfTheDeepChecker(t *testing.T) {
	rules := deepCheckerParams()
	p := sound()
	p.Params[1].Role = "bias"
	for _, name := range []string{"biases not zero", "diverging biases"} {
		bias := p
		bias.Records = slices.Clone(p.Records)
		for i := range bias.Records {
			details := *p.Records[i].Details
			details.Params = slices.Clone(details.Params)
			bias.Records[i].Details = &details
			details.Params[1].NormL2 = 0
		}
		if result := named(t, rules, name).Fires(bias); result.Fires || !result.Known {
			t.Errorf("%s, biases of zero: %+v", name, result)
		}
		for i := range bias.Records {
			bias.Records[i].Details.Params[1].NormL2 = profile.Number(math.Pow(2, float64(i)))
		}
		if result := named(t, rules, name).Fires(bias); !result.Fires {
			t.Errorf("%s, biases that double: %+v", name, result)
		}
	}
}

// AutoTrainer's rules about the accuracy use its swings and its largest gain.
func TestAccuracyRules(t *testing.T) {
	for _, c := range []struct {
		name     string
		accuracy []float64
		want     bool
	}{
		{"unstable", []float64{0.5, 0.7, 0.6, 0.7, 0.6, 0.72}, true},
		{"unstable", []float64{0.5, 0.7, 0.68, 0.7, 0.68, 0.72}, false}, // by 0.02 only
		{"unstable", []float64{0.1, 0.3, 0.2, 0.3, 0.2, 0.32}, false},   // it fails
		{"slow convergence", []float64{0.1, 0.109, 0.118}, true},
		{"slow convergence", []float64{0.1, 0.111, 0.118}, false},
		{"slow convergence", []float64{0.1, 0.105}, false}, // too few to tell
	} {
		result := named(t, accuracyRules(c.accuracy), c.name).Fires(profile.Profile{})
		if result.Fires != c.want || result.Known != (len(c.accuracy) > 2) {
			t.Errorf("%s of %v: %+v, want %v", c.name, c.accuracy, result, c.want)
		}
	}
}
