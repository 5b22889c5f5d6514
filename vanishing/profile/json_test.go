package profile

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

// roundTrip writes a profile as JSON and reads it back.
func roundTrip(t *testing.T, p Profile) (text string, back Profile) {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return string(b), back
}

func TestProfileSurvivesJSON(t *testing.T) {
	p := whole()
	p.Name, p.Seed = `a "name"`, math.MaxUint64
	p.Optimizer = &Optimizer{Kind: Adam, LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
	p.Layers[1].Norm, p.Layers[1].Init = Norm{Kind: BatchNorm}, &Initializer{Kind: HeNormal, Gain: math.Sqrt2}
	p.Theory = &Theory{Layers: []*LayerTheory{{Delta: -1, Z: 2}, {}, nil}, Xi: 3}
	p.Trials = []Trial{{Name: "one", Outcome: &Outcome{Change: 1, Delta: []Number{1, 2}}}, {Name: "none", Note: "why"}}
	p.Records[0].Details.Layers[1].Gains = &Gains{1. / 3, 2, 3, 4, 5}
	norms := Record{Step: 9, Epoch: 2, Batch: 16, Loss: 1e300, Clip: 1, Layers: make([]LayerRecord, 3), Params: make([]ParamRecord, 1)}
	norms.Layers[0] = LayerRecord{5e-324, 0.5}
	p.Records = append(p.Records, norms)
	text, back := roundTrip(t, p)
	if !reflect.DeepEqual(back, p) {
		t.Errorf("read back %+v, want %+v: %s", back, p, text)
	}
}

// Measured NaN and infinities survive JSON; numbers that were not recorded are nil.
func TestNumbersThatAreNotFiniteSurviveJSON(t *testing.T) {
	p := synthetic(1, 1)
	nan, inf := Number(math.NaN()), Number(math.Inf(1))
	p.Records[0].Loss, p.Records[0].Layers[0].DeltaRMS = inf, nan
	p.Records[0].Details.Layers[0].ActMean, p.Records[0].Details.Layers[0].Gains = nan, &Gains{Weight: -inf}
	p.Records = append(p.Records, Record{Step: 1, Layers: make([]LayerRecord, 2)})
	text, back := roundTrip(t, p)
	for _, want := range []string{`"delta_rms":"NaN"`, `"act_mean":"NaN"`, `"weight":"-Inf"`, `"loss":"+Inf"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	r, d := back.Records[0], back.Records[0].Details.Layers
	if r.Loss != inf || r.Layers[0].DeltaRMS == r.Layers[0].DeltaRMS || d[0].ActMean == d[0].ActMean || d[0].Gains.Weight != -inf {
		t.Errorf("read back %+v", r)
	}
	if d[1].Gains != nil || r.Histograms != nil || back.Records[1].Details != nil {
		t.Errorf("what was not recorded was read back: %s", text)
	}
}

func TestBadNumbersInJSONAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		`{"loss": "nan"}`:                    "records.loss",
		`{"layers": [{"delta_rms": true}]}`:  "records.layers.delta_rms",
		`{"params": [{"grad_l2": "1"}]}`:     "records.params.grad_l2",
		`{"params": [{"grad_l2": 1e999}]}`:   "records.params.grad_l2",
		`{"layers": [{"flushed": [1]}]}`:     "records.layers.flushed",
		`{"details": {"layers": [1, 2, 3]}}`: "records.details.layers",
	} {
		var p Profile
		err := json.Unmarshal([]byte(`{"records": [`+text+`]}`), &p)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one of %s", text, err, want)
		}
	}
}
