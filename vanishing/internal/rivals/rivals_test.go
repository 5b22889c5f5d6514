package rivals

import (
	"math"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// sound is a healthy network of three ReLU layers of He's variance and an output layer, in 120 recorded steps.
func sound() profile.Profile {
	p := profile.Profile{Dtype: "float32"}
	for i, path := range []string{"dense1", "dense2", "dense3", "dense4"} {
		activation := profile.Activation{Kind: profile.ReLU}
		if i == 3 {
			activation = profile.Activation{}
		}
		p.Layers = append(p.Layers, profile.Layer{Path: path, Depth: i + 1, Activation: activation, Units: 10, FanIn: 10})
		p.Params = append(p.Params, profile.Param{Name: path + "/weight", Layer: path, Depth: i + 1, Role: "weight", Size: 100})
	}
	for step := range 120 {
		r := profile.Record{
			Step: step, Loss: profile.Number(2.3 * math.Pow(0.98, float64(step))), LearningRate: 1e-3,
			Details: &profile.Details{}, Histograms: &profile.Histograms{Layers: make([]profile.LayerHistograms, 4)},
		}
		for range p.Layers {
			r.Layers = append(r.Layers, profile.LayerRecord{DeltaRMS: 1})
			r.Params = append(r.Params, profile.ParamRecord{GradL2: 1, GradRMS: 0.1})
			d := r.Details
			d.Layers = append(d.Layers, profile.LayerDetail{PreStd: 1, ActMean: profile.Number(0.5 + 1e-6*float64(step)), ActStd: 1, ActZero: 0.5, Saturated: 0.5})
			d.Params = append(d.Params, profile.ParamDetail{GradMeanAbs: 0.08, GradMax: 0.3, NormL2: profile.Number(math.Sqrt(20) * (1 + 1e-5*float64(step)))})
			d.Updates = append(d.Updates, profile.Update{Ratio: 1e-3})
			r.Histograms.Params = append(r.Histograms.Params, profile.ParamHistograms{
				Grad:  &profile.Histogram{Positive: []int{50}, Negative: []int{50}},
				Value: &profile.Histogram{Low: -3, Positive: []int{20, 30}, Negative: []int{20, 30}},
			})
		}
		p.Records = append(p.Records, r)
	}
	return p
}

// A param is all recorded quantities of a parameter, and a layer those of a layer.
type param struct {
	*profile.ParamRecord
	*profile.ParamDetail
	*profile.Update
	*profile.ParamHistograms
}

type layer struct {
	*profile.LayerRecord
	*profile.LayerDetail
}

func paramOf(r *profile.Record, i int) param {
	return param{&r.Params[i], &r.Details.Params[i], &r.Details.Updates[i], &r.Histograms.Params[i]}
}

// Each rule fires at its problem, just beyond its threshold and not before.
func TestRulesFireAtTheirThresholds(t *testing.T) {
	all := append(Rules(), AutoTrainer([]float64{0.3, 0.4})...)
	weight := func(i int, change func(p param)) func(*profile.Record) {
		return func(r *profile.Record) { change(paramOf(r, i)) }
	}
	each := func(change func(p param)) func(*profile.Record) {
		return func(r *profile.Record) {
			for i := range r.Params {
				change(paramOf(r, i))
			}
		}
	}
	from := func(step int, change func(r *profile.Record)) func(*profile.Record) {
		return func(r *profile.Record) {
			if r.Step >= step {
				change(r)
			}
		}
	}
	unit := func(i int, change func(l layer)) func(*profile.Record) {
		return func(r *profile.Record) { change(layer{&r.Layers[i], &r.Details.Layers[i]}) }
	}
	// only leaves a gradient to n of the last steps.
	only := func(n, last int) func(*profile.Record) {
		return func(r *profile.Record) {
			for i := range r.Layers {
				if r.Step >= 120-last+n {
					r.Layers[i].DeltaRMS = 0
				}
			}
		}
	}
	loss := func(of func(step float64) float64) func(*profile.Record) {
		return func(r *profile.Record) { r.Loss = profile.Number(of(float64(r.Step))) }
	}
	for _, c := range []struct {
		tool, rule  string
		fires, near func(*profile.Record)
	}{
		{"SageMaker Debugger", "VanishingGradient", weight(1, func(p param) { p.GradMeanAbs = 9.9e-8 }), weight(1, func(p param) { p.GradMeanAbs = 1.1e-7 })},
		{"SageMaker Debugger", "ExplodingTensor", weight(1, func(p param) { p.GradL2 = profile.Number(math.Inf(1)) }), weight(1, func(p param) { p.GradL2 = 1e30 })},
		{"SageMaker Debugger", "DeadRelu", unit(1, func(l layer) { l.Dead = 0.51 }), unit(1, func(l layer) { l.Dead = 0.5 })},
		{"SageMaker Debugger", "WeightUpdateRatio (too large)", weight(1, func(p param) { p.Ratio = 10.1 }), weight(1, func(p param) { p.Ratio = 9.9 })},
		{"SageMaker Debugger", "WeightUpdateRatio (too small)", weight(1, func(p param) { p.Ratio = 9e-9 }), weight(1, func(p param) { p.Ratio = 1.1e-8 })},
		{"SageMaker Debugger", "PoorWeightInitialization", weight(1, func(p param) { p.NormL2 = 14.3 }), weight(1, func(p param) { p.NormL2 = 14.1 })}, // 10.2 and 9.9 in the variance
		{"AutoTrainer", "vanish", weight(0, func(p param) { p.GradL2 = 9e-5 }), weight(0, func(p param) { p.GradL2 = 1.1e-4 })},
		{"AutoTrainer", "vanish (gated)", weight(0, func(p param) { p.GradL2 = 9e-5 }), weight(0, func(p param) { p.GradL2 = 1.1e-4 })},
		{"AutoTrainer", "explode", weight(0, func(p param) { p.GradL2 = 71 }), weight(0, func(p param) { p.GradL2 = 69 })},
		{"AutoTrainer", "abnormal activation", unit(1, func(l layer) { l.ActMean = -10.1 }), unit(1, func(l layer) { l.ActMean = 9.9 })},
		{"AutoTrainer", "explode", func(r *profile.Record) { r.Loss, r.Details.Params[1].NormL2 = 1e3, profile.Number(math.NaN()) }, func(r *profile.Record) { r.Loss = 1e9 }},
		{"AutoTrainer", "dying ReLU", each(func(p param) { p.Grad = &profile.Histogram{Zero: 70} }), each(func(p param) { p.Grad = &profile.Histogram{Zero: 69} })},
		{"TheDeepChecker", "vanishing gradient", weight(1, func(p param) { p.GradMeanAbs = 9e-7 }), weight(1, func(p param) { p.GradMeanAbs = 1.1e-6 })},
		{"TheDeepChecker", "exploding gradient", weight(1, func(p param) { p.GradMeanAbs = 1.1e6 }), weight(1, func(p param) { p.GradMeanAbs = 9e5 })},
		{"TheDeepChecker", "dead neurons", unit(1, func(l layer) { l.Dead = 0.51 }), unit(1, func(l layer) { l.Dead = 0.5 })},
		{"TheDeepChecker", "update too fast", weight(1, func(p param) { p.Ratio = 0.11 }), weight(1, func(p param) { p.Ratio = 0.09 })},
		{"TheDeepChecker", "update too slow", weight(1, func(p param) { p.Ratio = 9e-5 }), weight(1, func(p param) { p.Ratio = 1.1e-4 })},
		// The F-test allows a factor of 2.71 in the variance: a deviation from 0.304 to 3.29.
		{"TheDeepChecker", "unstable activations", unit(1, func(l layer) { l.ActStd = 3.3 }), unit(1, func(l layer) { l.ActStd = 3.28 })},
		{"TheDeepChecker", "unstable activations", unit(1, func(l layer) { l.ActStd = 0.303 }), unit(1, func(l layer) { l.ActStd = 0.305 })},
		{"TheDeepChecker", "untrained weight", weight(1, func(p param) { p.Ratio = 0 }), weight(1, func(p param) { p.Ratio = 1e-20 })},
		{"TheDeepChecker", "numerical instability", unit(1, func(l layer) { l.ActStd = profile.Number(math.Inf(1)) }), unit(1, func(l layer) { l.ActStd = 1e38 })},
		{"TheDeepChecker", "numerical instability", weight(1, func(p param) { p.NormL2 = profile.Number(math.NaN()) }), weight(1, func(p param) { p.NormL2 = 1e30 })},
		// He's variance is 2/10 here. 100 elements with a norm of 7.35 have a variance of 0.540, with 7.36 one of 0.542.
		{"TheDeepChecker", "poor weight initialization", weight(1, func(p param) { p.NormL2 = 7.36 }), weight(1, func(p param) { p.NormL2 = 7.35 })},
		{"TheDeepChecker", "dead weights", weight(1, func(p param) { p.Value = &profile.Histogram{Low: -18, Positive: []int{96, 4}, Negative: []int{0, 0}} }),
			weight(1, func(p param) { p.Value = &profile.Histogram{Low: -17, Positive: []int{96, 4}, Negative: []int{0, 0}} })},
		{"TheDeepChecker", "negative weights", weight(1, func(p param) { p.Value = &profile.Histogram{Negative: []int{96}} }),
			weight(1, func(p param) { p.Value = &profile.Histogram{Negative: []int{95}} })},
		{"TheDeepChecker", "diverging weights", weight(1, func(p param) { p.NormL2 = 1.1e9 }), weight(1, func(p param) { p.NormL2 = 9e8 })},
		{"TheDeepChecker", "poor initial loss", func(r *profile.Record) { r.Loss = 4.61 }, func(r *profile.Record) { r.Loss = 4.6 }}, // log 10 = 2.303
		{"SageMaker Debugger", "UnchangedTensor", weight(1, func(p param) { p.Ratio = 9e-6 }), weight(1, func(p param) { p.Ratio = 1.1e-5 })},
		{"SageMaker Debugger", "AllZero", weight(1, func(p param) { p.GradL2 = 0 }), weight(1, func(p param) { p.GradL2 = 1e-300 })},
		{"SageMaker Debugger", "LossNotDecreasing", func(r *profile.Record) { r.Loss = profile.Number(math.Pow(0.9999, float64(r.Step))) }, // 0.1 % in ten steps
			func(r *profile.Record) { r.Loss = profile.Number(math.Pow(0.9998, float64(r.Step))) }},
		{"DeepDiagnosis", "numerical problem", unit(1, func(l layer) { l.ActMean = 0 }), unit(1, func(l layer) { l.ActMean += 1e-300 })},
		{"DeepDiagnosis", "unchanged tensor", func(r *profile.Record) { r.Details.Layers[1].ActMean = profile.Number(r.Step/5 + 1) },
			func(r *profile.Record) { r.Details.Layers[1].ActMean = profile.Number(r.Step/4 + 1) }},
		{"DeepDiagnosis", "loss not decreasing", from(115, func(r *profile.Record) { r.Loss = 1 }), from(116, func(r *profile.Record) { r.Loss = 1 })},
		{"DeepDiagnosis", "poor weight", weight(1, func(p param) { p.NormL2 = 31.7 }), weight(1, func(p param) { p.NormL2 = 31.5 })},
		{"DeepDiagnosis", "learning rate (too large)", func(r *profile.Record) { r.LearningRate = 0.45 }, func(r *profile.Record) { r.LearningRate = 0.44 }},
		{"DeepDiagnosis", "learning rate (too small)", func(r *profile.Record) { r.LearningRate = 4.4e-5 }, func(r *profile.Record) { r.LearningRate = 4.5e-5 }},
		{"UMLAUT", "learning rate high", func(r *profile.Record) { r.LearningRate = 0.011 }, func(r *profile.Record) { r.LearningRate = 0.01 }},
		{"UMLAUT", "learning rate low", func(r *profile.Record) { r.LearningRate = 9e-8 }, func(r *profile.Record) { r.LearningRate = 1e-7 }},
		{"Megatron-LM", "unexpectedly large gradient", from(100, weight(1, func(p param) { p.GradL2 = 20 })), from(100, weight(1, func(p param) { p.GradL2 = 19.9 }))}, // of 2
		{"Megatron-LM", "unexpectedly large loss", from(100, func(r *profile.Record) { r.Loss = 23.1 }), from(99, func(r *profile.Record) { r.Loss = 22.9 })},
		{"DeepDiagnosis", "vanishing gradient", weight(1, func(p param) { p.GradMeanAbs = 9.9e-8 }), weight(1, func(p param) { p.GradMeanAbs = 1.1e-7 })},
		// The gradient of 10 units has a norm of sqrt(10) = 3.162 times its root mean square.
		{"torchmortem", "vanishing gradients", unit(0, func(l layer) { l.DeltaRMS = 0.0099 }), unit(0, func(l layer) { l.DeltaRMS = 0.0101 })},
		{"torchmortem", "exploding gradients", from(119, unit(1, func(l layer) { l.DeltaRMS = 317 })), from(119, unit(1, func(l layer) { l.DeltaRMS = 316 }))},
		{"torchmortem", "gradient stalling", from(84, unit(1, func(l layer) { l.DeltaRMS = 3.1e-9 })), from(85, unit(1, func(l layer) { l.DeltaRMS = 3.1e-9 }))}, // 36 of 120
		{"torchmortem", "high gradient noise", only(29, 60), only(31, 60)},                                                                                       // mean over deviation is 0.97, and 1.03
		{"torchmortem", "dead units", from(90, unit(1, func(l layer) { l.ActZero = 0.51 })), from(91, unit(1, func(l layer) { l.ActZero = 0.51 }))},
		{"torchmortem", "update ratio too high", weight(1, func(p param) { p.Ratio = 0.11 }), weight(1, func(p param) { p.Ratio = 0.09 })},
		{"torchmortem", "update ratio too low", weight(1, func(p param) { p.Ratio = 9e-6 }), weight(1, func(p param) { p.Ratio = 1.1e-5 })},
		{"torchmortem", "weight norm explosion", from(119, weight(1, func(p param) { p.NormL2 = 44.8 })), from(119, weight(1, func(p param) { p.NormL2 = 44.7 }))},               // of 4.472
		{"torchmortem", "weight norm imbalance", from(119, weight(1, func(p param) { p.NormL2 = 447.8 })), from(119, weight(1, func(p param) { p.NormL2 = 447.6 }))},             // of 4.477
		{"torchmortem", "stagnant weight norms", weight(1, func(p param) { p.NormL2 = 5 }), from(119, weight(1, func(p param) { p.NormL2 = 4.4726 }))},                           // 1.0001 of 4.4721
		{"torchmortem", "training divergence", loss(func(step float64) float64 { return math.Exp(step / 40) }), loss(func(step float64) float64 { return math.Exp(step / 50) })}, // 1.61- and 1.46-fold
		{"torchmortem", "loss plateau", loss(func(step float64) float64 { return 1 + 5e-7*step }), loss(func(step float64) float64 { return 1 + 5.5e-7*step })},                  // in 19 steps
		{"torchdiag", "vanishing", weight(1, func(p param) { p.GradMax = 9.9e-8 }), weight(1, func(p param) { p.GradMax = 1.1e-7 })},
		{"torchdiag", "exploding", weight(1, func(p param) { p.GradMax = 101 }), weight(1, func(p param) { p.GradMax = 99 })},
		{"torchdiag", "dead neurons", unit(1, func(l layer) { l.Dead = 0.21 }), unit(1, func(l layer) { l.Dead = 0.2 })},
		{"torchdiag", "loss not finite", func(r *profile.Record) { r.Loss = profile.Number(math.Inf(1)) }, func(r *profile.Record) { r.Loss = 1e30 }},
		{"torchdiag", "no parameter changed", each(func(p param) { p.Ratio = 0 }), func(r *profile.Record) { each(func(p param) { p.Ratio = 0 })(r); r.Details.Updates[1].Ratio = 1e-9 }},
		{"GradientFlow", "VANISHING", unit(1, func(l layer) { l.DeltaRMS = 3.1e-7 }), unit(1, func(l layer) { l.DeltaRMS = 3.2e-7 })},
		{"GradientFlow", "EXPLODING", from(119, unit(1, func(l layer) { l.DeltaRMS = 3.17 })), from(119, unit(1, func(l layer) { l.DeltaRMS = 3.16 }))},
		{"GradientFlow", "DEAD", from(11, unit(1, func(l layer) { l.DeltaRMS = 0 })), from(12, unit(1, func(l layer) { l.DeltaRMS = 0 }))}, // of 120
		{"GradientFlow", "UNSTABLE", only(11, 120), only(13, 120)},                                                                         // deviation over mean is 3.1, and 2.9
		{"GradientFlow", "NUMERICAL", from(119, unit(1, func(l layer) { l.DeltaRMS = profile.Number(math.NaN()) })), unit(1, func(l layer) { l.DeltaRMS = 1e30 })},
		{"DeepDiagnosis", "dead node", unit(1, func(l layer) { l.ActZero = 0.7 }), unit(1, func(l layer) { l.ActZero = 0.69 })},
	} {
		rule := all[slices.IndexFunc(all, func(r Rule) bool { return r.Tool == c.tool && r.Name == c.rule })]
		quiet := rule.Fires(sound())
		if quiet.Fires || !quiet.Known {
			t.Errorf("%s %s on a sound network: %+v", c.tool, c.rule, quiet)
		}
		p := sound()
		for i := range p.Records {
			c.fires(&p.Records[i])
		}
		if result := rule.Fires(p); !result.Fires || result.Evidence == "" {
			t.Errorf("%s %s does not fire: %+v", c.tool, c.rule, result)
		}
		p = sound()
		for i := range p.Records {
			c.near(&p.Records[i])
		}
		if result := rule.Fires(p); result.Fires {
			t.Errorf("%s %s fires before its threshold: %+v", c.tool, c.rule, result)
		}
	}
}

// The share beyond ±5 of N(0, 7.5²) is 0.505, that beyond ±9.4999 of N(0, 14.2²) 0.504, and that beyond ±0.95 of N(0, 1.41²) 0.5005; those
// of 7.3, 14 and 1.4 are less.
func TestSaturationRules(t *testing.T) {
	for _, c := range []struct {
		tool       string
		activation profile.ActivationKind
		std        profile.Number
		want       bool
	}{
		{"SageMaker Debugger", "tanh", 14.2, true}, {"SageMaker Debugger", "tanh", 14, false}, {"SageMaker Debugger", "sigmoid", 14.2, false},
		{"SageMaker Debugger", "sigmoid", 40, true}, {"torchmortem", "tanh", 1.41, true}, {"torchmortem", "relu", 1.4, false},
		{"DeepDiagnosis", "sigmoid", 7.5, true}, {"DeepDiagnosis", "tanh", 7.3, false},
	} {
		p := sound()
		for i := range p.Layers[:3] {
			p.Layers[i].Activation.Kind = c.activation
		}
		for i := range p.Records {
			p.Records[i].Details.Layers[1].PreStd = c.std
		}
		rule := Rules()[slices.IndexFunc(Rules(), func(r Rule) bool { return r.Tool == c.tool && r.Finds == "saturation" })]
		if result := rule.Fires(p); result.Fires != c.want || !result.Known {
			t.Errorf("%+v: %+v", c, result)
		}
	}
}

// After four consecutive halvings, a window of five records, TheDeepChecker calls a gradient of any size vanishing; after three it
// does not.
func TestSeriesOfTheDeepChecker(t *testing.T) {
	rule := deepChecker()[0]
	for halvings, want := range map[int]bool{3: false, 4: true} {
		p := sound()
		for i := range p.Records {
			p.Records[i].Details.Params[1].GradMeanAbs = profile.Number(1000 * math.Pow(0.5, float64(min(i, halvings))))
		}
		if result := rule.Fires(p); result.Fires != want {
			t.Errorf("%d halvings: %+v", halvings, result)
		}
	}
}

// Without details, updates or accuracy the results of rules are not Known.
func TestRulesThatDoNotKnow(t *testing.T) {
	p := sound()
	for i := range p.Records {
		p.Records[i].Details, p.Records[i].Histograms = nil, nil
	}
	needNothing := []string{"ExplodingTensor", "PoorWeightInitialization", "vanish", "explode", "AllZero", "LossNotDecreasing", "numerical instability",
		"stagnated loss", "diverging loss", "fluctuating loss", "numerical problem", "loss not decreasing", "learning rate high", "learning rate low", "unexpectedly large gradient", "unexpectedly large loss",
		"vanishing gradients", "exploding gradients", "gradient stalling", "high gradient noise", "training divergence", "loss plateau", "loss not finite",
		"VANISHING", "EXPLODING", "DEAD", "UNSTABLE", "NUMERICAL"}
	for _, rule := range Rules() {
		if result := rule.Fires(p); result.Known != slices.Contains(needNothing, rule.Name) {
			t.Errorf("%s %s: %+v", rule.Tool, rule.Name, result)
		}
	}
	for _, c := range []struct {
		accuracy []float64
		want     bool
	}{{[]float64{0.5, 0.5}, true}, {[]float64{0.61, 0.9}, false}, {[]float64{0.8, 0.8, 0.8, 0.805}, true}, {[]float64{}, true}} {
		if got := fails(c.accuracy); got != c.want {
			t.Errorf("a run of accuracies %v fails: %v, want %v", c.accuracy, got, c.want)
		}
	}
}

// Every rule finds a problem that we have a rule for.
func TestRulesNameWhatTheyFind(t *testing.T) {
	for _, rule := range Rules() {
		if !slices.Contains(vanishing.Rules(), rule.Finds) || rule.Source == "" {
			t.Errorf("%+v", rule)
		}
	}
}
