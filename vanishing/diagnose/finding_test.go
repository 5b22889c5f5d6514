package diagnose

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/internal/cputime"
	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestHealthyProfilesHaveNoFindings(t *testing.T) {
	for _, p := range []profile.Profile{synthetic(falling(11, 0.9)...), trainedProfile(20, adam(0.01), falling(11, 1.1)...)} {
		if d := Diagnose(p); len(d.Findings) != 0 {
			t.Errorf("%+v", d.Findings)
		}
	}
}

func TestFindingsOfATrend(t *testing.T) {
	p := trainedProfile(20, sgd(0.01), append(falling(30, 0.5), 1)...)
	for i := range p.Records {
		for l := range p.Records[i].Params {
			p.Records[i].Details.Updates[l].Ratio = profile.Number(1e-3 * math.Pow(0.5, float64(29-min(l, 29))))
		}
	}
	f := expectFinding(t, Diagnose(p), "vanishing", "shrinks by a factor of 2 per layer", "95 % interval -0.301 to -0.301",
		"It is so in 100 % of 20 recorded steps", "those of the last third by 4.4e-5")
	if f.Severity != Critical || f.Confidence != 1 || f.Step != 0 || len(f.Layers) != 10 {
		t.Errorf("%+v", f)
	}

	p = trainedProfile(20, adam(0.01), append(falling(30, 2), 1)...)
	f = expectFinding(t, Diagnose(p), "exploding", "adam divides each gradient by its typical size")
	if f.Severity != Warning {
		t.Errorf("an optimiser that makes all layers move alike leaves a warning, got %v", f.Severity)
	}
	for i := range p.Records {
		for l := range p.Records[i].Params {
			p.Records[i].Params[l].GradRMS = 1e-12
			if l < 10 {
				p.Records[i].Details.Updates[l].Ratio = 1e-7
			}
		}
	}
	expectFinding(t, Diagnose(p), "exploding", "below adam's epsilon of 1e-8")
	for i := range p.Records {
		for l := range p.Records[i].Params {
			p.Records[i].Params[l].GradRMS = 2e-8
		}
	}
	if f := expectFinding(t, Diagnose(p), "exploding"); strings.Contains(f.Evidence, "epsilon") {
		t.Errorf("gradients above it are not below it: %s", f.Evidence)
	}
}

// The interval contains the true slope of a noisy profile.
func TestBootstrapInterval(t *testing.T) {
	p := trainedProfile(40, nil, falling(21, 0.5)...)
	for i := range p.Records {
		for l := range p.Records[i].Layers {
			p.Records[i].Layers[l].DeltaRMS *= profile.Number(math.Pow(2, float64((i*7+l*3)%5-2))) // noise of a factor of 4
		}
	}
	d := Diagnose(p)
	if truth := math.Log10(2); !(d.SlopeLow < truth && truth < d.SlopeHigh && d.SlopeHigh-d.SlopeLow < 0.1 && d.SlopeHigh > d.SlopeLow) {
		t.Errorf("interval %g to %g, want one around %g", d.SlopeLow, d.SlopeHigh, truth)
	}
	if again := Diagnose(p); again.SlopeLow != d.SlopeLow || again.SlopeHigh != d.SlopeHigh || !reflect.DeepEqual(again.Findings, d.Findings) {
		t.Error("a second diagnosis of the same profile differs")
	}
}

// A change just beyond the threshold, and not in every step, has a lower confidence.
func TestConfidence(t *testing.T) {
	p := trainedProfile(40, nil, falling(11, 1)...)
	for i := range p.Records {
		decades := 2.9 + 0.3*float64(i%2) // 2.9 or 3.2, 3.05 in the middle
		for l := range p.Records[i].Layers {
			p.Records[i].Layers[l].DeltaRMS = profile.Number(math.Pow(10, decades*float64(l-9)/9))
		}
	}
	f := expectFinding(t, Diagnose(p), "vanishing")
	if f.Confidence < 0.3 || f.Confidence > 0.9 {
		t.Errorf("confidence %g, want one between 0 and 1", f.Confidence)
	}
	for _, c := range []struct {
		holds, known int
		want         float64
	}{{0, 10, 0}, {10, 10, 1}, {1, 1, 1}, {2, 3, 20.0 / 27}, {1, 2, 0.25}} { // 3·(2/3)²·(1/3) + (2/3)³
		if got := (tally{holds: c.holds, known: c.known}).confidence(); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d of %d: %g, want %g", c.holds, c.known, got, c.want)
		}
	}
}

func TestFindingsAsJSON(t *testing.T) {
	want := Finding{Rule: "vanishing", Severity: Critical, Layers: []int{1}, Sentence: "s", Confidence: 0.5}
	text, err := json.Marshal(want)
	if err != nil || !strings.Contains(string(text), `"severity":"critical"`) {
		t.Fatalf("%s, %v", text, err)
	}
	var got Finding
	if err := json.Unmarshal(text, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"severity":"bad"}`), &got); err == nil {
		t.Error("no error for an unknown severity")
	}
}

// A network of 1000 layers, and a run of a million steps, are judged in less than two seconds of processor time.
func TestDiagnosisOfHugeProfilesIsQuick(t *testing.T) {
	deep := trainedProfile(300, sgd(0.1), falling(1001, 0.99)...)
	long := trainedProfile(1, sgd(0.1), falling(4, 0.9)...)
	for step := 1; step < 1_000_000; step++ {
		r := long.Records[0]
		r.Step = step
		long.Records = append(long.Records, r)
	}
	for name, p := range map[string]profile.Profile{"deep": deep, "long": long} {
		before := cputime.Used()
		Diagnose(p)
		if took := cputime.Used() - before; took > 2*time.Second {
			t.Errorf("%s: %v of processor time, want at most 2 s", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}

// If a pattern leaves the output layer out, the last layer of the profile is a hidden layer.
func TestLayersOfAPattern(t *testing.T) {
	p := synthetic(falling(5, 0.1)...)
	p.Layers[4].Activation = relu
	if d := Diagnose(p); len(d.Fitted) != 4 {
		t.Errorf("without a pattern %d layers are fitted, want 4", len(d.Fitted))
	}
	p.Sampling.Layers = "dense*"
	if d := Diagnose(p); len(d.Fitted) != 5 {
		t.Errorf("with a pattern %d layers are fitted, want 5", len(d.Fitted))
	}
}

// A profile with any numbers has a diagnosis whose confidences are from 0 to 1.
func TestAnyProfileIsDiagnosed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	odd := []float64{0, 1, math.NaN(), math.Inf(1), 1e-300, 1e300, 5e-324}
	number := func() profile.Number {
		if rng.IntN(3) == 0 {
			return profile.Number(odd[rng.IntN(len(odd))])
		}
		return profile.Number(math.Pow(10, 10*rng.NormFloat64()))
	}
	found := make(map[string]bool)
	for range 3000 {
		p := trainedProfile(1+rng.IntN(14), adam(0.01), make([]float64, 1+rng.IntN(6))...)
		p.Layers[0].Activation = []profile.Activation{relu, tanh, {}}[rng.IntN(3)]
		all, ranks := rng.IntN(2) == 0, 3*rng.IntN(3)
		attention, growth := rng.IntN(2) == 0, rng.Float64()
		if attention {
			p.Attentions = []profile.Attention{{Path: "a", Output: rng.IntN(len(p.Layers)+1) - 1, Heads: 1}}
		}
		remembers := rng.IntN(2) == 0
		if remembers {
			p.Sequences = []profile.Sequence{{Layer: rng.IntN(len(p.Layers)), Steps: 2, At: []int{1, 2}, Cell: profile.LRU}}
		}
		for l := range p.Layers {
			p.Layers[l].Units = 10 * rng.IntN(4)
			if remembers && attention {
				p.Layers[l].Init = &profile.Initializer{Kind: profile.Constant, Value: 0.1}
			}
		}
		for i := range p.Records {
			r := &p.Records[i]
			r.Loss = profile.Number(math.Abs(rng.NormFloat64()))
			for range ranks {
				r.Ranks = append(r.Ranks, profile.RankRecord{Samples: rng.IntN(9), GradL2: profile.Number(rng.Float64())})
				if all {
					r.Ranks[rng.IntN(len(r.Ranks))].GradL2 = number()
				}
			}
			for l := range r.Layers {
				r.Layers[l].DeltaRMS = profile.Number(math.Pow(10, 3*rng.NormFloat64()) * float64(rng.IntN(4)))
				if all {
					r.Layers[l].DeltaRMS, r.Details.Layers[l].ActStd = number(), number()
				}
				snr := number()
				r.Details.Layers[l].Dead, r.Details.Layers[l].Saturated = number(), number()
				r.Details.Params[l] = profile.ParamDetail{NormL2: 1, SNR: &snr}
				r.Details.Updates[l] = profile.Update{Ratio: number(), Unchanged: number()}
			}
			if attention {
				head := profile.HeadDetail{LargestLogit: profile.Number(math.Pow(10, growth*float64(i))), Entropy: profile.Number(math.Pow(0.6, float64(i))), EvenEntropy: 1}
				if all {
					head.LargestLogit, head.Entropy, head.EvenEntropy = number(), number(), number()
				}
				r.Details.Attentions = []profile.AttentionDetail{{Heads: []profile.HeadDetail{head}, CosineIn: profile.Number(rng.Float64()), CosineOut: 1}}
			}
			if remembers {
				linear := &profile.LinearDetail{Memory: number(), Theta: number(), Expected: number()}
				r.Details.Sequences = []profile.SequenceDetail{{DeltaRMS: []profile.Number{number(), 1}, Linear: linear}}
			}
			switch rng.IntN(4) {
			case 0, 1:
				r.Details = nil
			case 2:
				r.Details.Updates = nil
			}
		}
		for i := range rng.IntN(8) {
			p.Sharpness = append(p.Sharpness, profile.Sharpness{Step: i, Value: number(), Limit: 1})
			if all {
				p.Sharpness[i].Value = 1
			}
		}
		if rng.IntN(2) == 0 {
			p.Theory = &profile.Theory{}
			for l := range p.Layers {
				p.Theory.Layers = append(p.Theory.Layers, nil)
				if rng.IntN(8) > 0 {
					p.Theory.Layers[l] = &profile.LayerTheory{Delta: number(), Band: number(), Z: number(), Step: number()}
				}
			}
		}
		if rng.IntN(2) == 0 {
			p.Baseline = number()
			for i := range p.Records {
				p.Records[i].Step = 40 * i
			}
		}
		for _, f := range Diagnose(p).Findings {
			found[f.Rule] = true
			if !(f.Confidence >= 0 && f.Confidence <= 1) || f.Sentence == "" || f.Remedy == "" {
				t.Fatalf("%+v", f)
			}
			for _, l := range f.Layers {
				if l < 0 || l >= len(p.Layers) {
					t.Fatalf("%+v: there are %d layers", f, len(p.Layers))
				}
			}
		}
	}
	if len(found) < len(Rules()) {
		t.Errorf("only the rules %v found anything: the numbers vary too little", found)
	}
}
