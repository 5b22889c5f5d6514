package vanishing

import (
	"math"
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
)

// flat is a healthy profile of ten hidden layers and some steps, to be spoilt.
func flat(spoil func(p *Profile)) Profile {
	p := trainedProfile(20, "sgd(lr=0.01)", falling(11, 1)...)
	spoil(&p)
	return p
}

// eachLayer changes one layer in every record.
func eachLayer(layer int, change func(l *LayerRecord)) func(p *Profile) {
	return func(p *Profile) {
		for i := range p.Records {
			change(&p.Records[i].Layers[layer])
		}
	}
}

// eachParam changes every weight in every record.
func eachParam(change func(step, layer int, r *ParamRecord)) func(p *Profile) {
	return func(p *Profile) {
		for i := range p.Records {
			for l := range p.Records[i].Params {
				change(i, l, &p.Records[i].Params[l])
			}
		}
	}
}

func levelLoss(p *Profile) {
	for i := range p.Records {
		p.Records[i].Loss = 1
	}
}

func TestDeadUnits(t *testing.T) {
	d := Diagnose(flat(eachLayer(4, func(l *LayerRecord) { l.Dead = 0.99 })))
	if f := expectFinding(t, d, "dead-relu", "In layer 5 the larger part", "99 % of its units"); f.Severity != Warning || len(f.Layers) != 1 || f.Layers[0] != 4 {
		t.Errorf("%+v", f)
	}
	// Of ten units, half of which are dead by chance, nine may be so by chance.
	expectNoFinding(t, Diagnose(flat(eachLayer(4, func(l *LayerRecord) { l.Dead = 0.9 }))), "dead-relu")
	wide := flat(eachLayer(4, func(l *LayerRecord) { l.Dead = 0.6 }))
	wide.Layers[4].Units = 1000
	expectFinding(t, Diagnose(wide), "dead-relu")
	wide.Layers[4].Activation = "tanh"
	expectNoFinding(t, Diagnose(wide), "dead-relu")
}

func TestSaturatedUnits(t *testing.T) {
	tanh := flat(eachLayer(2, func(l *LayerRecord) { l.Saturated = 0.8 }))
	expectNoFinding(t, Diagnose(tanh), "saturation") // it is ReLU, inactive on 80 % of the samples
	tanh.Layers[2].Activation = "tanh"
	if f := expectFinding(t, Diagnose(tanh), "saturation", "lie where tanh is flat", "80 %"); f.Severity != Note {
		t.Errorf("a network whose loss falls gets a note, got %v", f.Severity)
	}
	levelLoss(&tanh)
	if f := expectFinding(t, Diagnose(tanh), "saturation"); f.Severity != Warning {
		t.Errorf("one whose loss does not gets a warning, got %v", f.Severity)
	}
	for _, c := range []struct {
		share float64
		want  bool
	}{{0.74, false}, {0.76, true}} {
		p := flat(eachLayer(2, func(l *LayerRecord) { l.Saturated = c.share }))
		if p.Layers[2].Activation = "tanh"; c.want {
			expectFinding(t, Diagnose(p), "saturation")
		} else {
			expectNoFinding(t, Diagnose(p), "saturation")
		}
	}
	tanh.Records = tanh.Records[:1]
	tanh.Records[0].Details = false
	expectNoFinding(t, Diagnose(tanh), "saturation")
}

func TestNeighboursOfTheFirstNonFiniteNumber(t *testing.T) {
	for words, spoil := range map[string]func(r *Record){
		"layer 4 was still finite and layer 5 was not":                 func(r *Record) { r.Layers[4].ActStd = math.NaN() },
		"the gradient of layer 6 was still finite and that of layer 5": func(r *Record) { r.Layers[4].DeltaRMS = math.Inf(1) },
		"the loss was finite and the gradient of layer 11 was not":     func(r *Record) { r.Layers[10].DeltaRMS = math.NaN() },
		"The inputs come straight before it":                           func(r *Record) { r.Layers[0].ActMean = math.NaN() },
	} {
		d := Diagnose(flat(func(p *Profile) { spoil(&p.Records[7]) }))
		f := expectFinding(t, d, "non-finite", words, "The last finite record is that of step 6", "Optimizer: &optim.SGD{LearningRate: 0.001}")
		if f.Step != 7 || f.Severity != Critical || d.Findings[0].Rule != "non-finite" {
			t.Errorf("%+v", f)
		}
	}
	expectFinding(t, Diagnose(flat(func(p *Profile) { p.Records[0].Loss = math.NaN() })), "non-finite", "so from the beginning")
}

// A run that the machine ended has no record of the step in which it did.
func TestDiagnoseRun(t *testing.T) {
	p := flat(func(*Profile) {})
	err := errors.Wrap(machine.ErrNonFinite, "node 17 of dense3")
	d := DiagnoseRun(p, err)
	expectFinding(t, d, "non-finite", "node 17 of dense3")
	if d.Verdict != NonFinite || d.NonFinite == nil || d.NonFinite.Step != 20 {
		t.Errorf("%v, %+v, want non-finite at step 20", d.Verdict, d.NonFinite)
	}
	if d := DiagnoseRun(p, errors.New("something else")); d.Verdict != Healthy || len(d.Findings) != 0 {
		t.Errorf("another error: %v, %+v", d.Verdict, d.Findings)
	}
	p.Records[5].Loss = math.Inf(1)
	expectFinding(t, DiagnoseRun(p, err), "non-finite", "The last finite record", "node 17 of dense3")
}

// The machine's own error is understood.
func TestDiagnoseRunOfAMachineThatWatches(t *testing.T) {
	x, y := randomBatch(t, 1, 16, 20, 10)
	program := build(t, mlp.Model{Input: 20, Depth: 3, Width: 10, Output: 10, Init: initializer.Normal{Std: 1e30}}, graph.CrossEntropy{}, 1, 16, 20)
	program.Machine().WatchNonFinite(true)
	err := program.Run(x, y)
	if err == nil {
		t.Fatal("the run did not end")
	}
	expectFinding(t, DiagnoseRun(Profile{}, err), "non-finite", "dense2")
}

// As a network converges all its gradients fall together, which is no sickness.
func TestConvergenceIsNoVanishing(t *testing.T) {
	p := flat(func(p *Profile) {
		for i := range p.Records {
			for l := range p.Records[i].Layers {
				p.Records[i].Layers[l].DeltaRMS *= math.Pow(10, -float64(i)/2)
			}
			for l := range p.Records[i].Params {
				p.Records[i].Params[l].UpdateRatio *= math.Pow(10, -float64(i)/10)
			}
		}
	})
	if d := Diagnose(p); d.Verdict != Healthy || len(d.Findings) != 0 {
		t.Errorf("%v, %+v", d.Verdict, d.Findings)
	}
}

func TestBottleneck(t *testing.T) {
	f := expectFinding(t, Diagnose(trainedProfile(5, "", level(60, 1e-4, 1e-4)...)), "bottleneck", "shrinks 1e4-fold on its way back, most of it between layers 2 and 3")
	if f.Confidence != 1 || len(f.Layers) != 2 {
		t.Errorf("%+v", f)
	}
	expectFinding(t, Diagnose(trainedProfile(5, "", level(60, 1e4)...)), "bottleneck", "grows 1e4-fold", "normalise the inputs")
}

// The remedy fits the network, and one that was tried goes first.
func TestCures(t *testing.T) {
	vanishing, exploding := append(falling(10, 0.2), 1), append(falling(10, 5), 1)
	for code, p := range map[string]Profile{
		"Activation: graph.ReLU, Init: initializer.HeNormal{}": with(vanishing, "sigmoid", "", "xavier_normal(gain=1)"),
		"Init: initializer.HeNormal{}":                         with(vanishing, "relu", "", "normal(mean=0, std=0.05)"),
		"Init: initializer.XavierNormal{}":                     with(exploding, "tanh", "", "normal(mean=0, std=1)"),
		"Init: initializer.LeCunNormal{}":                      with(exploding, "selu", "", "normal(mean=0, std=1)"),
		"Norm: graph.LN":                                       with(exploding, "relu", "bn", "he_normal(gain=1.414)"),
	} {
		d := Diagnose(p)
		if len(d.Findings) == 0 || d.Findings[0].Code != code {
			t.Errorf("want the code %q, got %+v", code, d.Findings)
		}
	}
	p := with(exploding, "relu", "", "he_normal(gain=1.414)")
	p.Blocks = []Block{{First: 1, Last: 2}}
	expectFinding(t, Diagnose(p), "exploding", "Norm: graph.BN", "Every block adds its branch")
	p.Trials = []Trial{{Name: "layer normalisation", Code: "Norm: graph.LN", Tried: true, Change: 0.2, Loss: 2.3, After: 1.1}}
	expectFinding(t, Diagnose(p), "exploding", "Of the remedies tried on this network, layer normalisation does most", "from 2.3 to 1.1", "Norm: graph.LN")
	p.Trials = []Trial{{Name: "as it is", Tried: true}}
	expectFinding(t, Diagnose(p), "exploding", "Norm: graph.BN")
}

func with(delta []float64, activation, norm, init string) Profile {
	p := synthetic(delta...)
	for i := range p.Layers[:len(p.Layers)-1] {
		p.Layers[i].Activation, p.Layers[i].Norm, p.Layers[i].Init = activation, norm, init
	}
	return p
}
