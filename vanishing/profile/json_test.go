package profile

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestProfileSurvivesJSON(t *testing.T) {
	p := synthetic(1.0/3, 1e-310, 1e300)
	p.Records[0].Details = false
	p.Name, p.Seed = `a "name"`, math.MaxUint64
	p.Params = []Param{{Name: "densea/weight", Layer: "densea", Depth: 1, Role: "weight", Size: 100}}
	histogram := &Histogram{Low: -3, Negative: []int{1, 0}, Positive: []int{2, 5}, Zero: 7, NaN: 1}
	odd := Record{Step: 9, Epoch: 2, Batch: 16, Loss: math.Inf(1), Details: true, Histograms: true, Layers: []LayerRecord{
		{DeltaRMS: math.NaN(), ActMean: math.Inf(1), ActStd: math.Inf(-1), Gains: NoGains(), Delta: histogram},
		{DeltaRMS: 1, ActMean: 2, ActStd: 3, Saturated: 4, Dead: 5, Flushed: 6, Gains: Gains{1, 2, 3, 4, 5}},
		{DeltaRMS: 5e-324, ActMean: -0.1, ActStd: math.MaxFloat64, Flushed: 0.5},
	}, Params: []ParamRecord{{GradL2: 1, GradRMS: 2, NormL2: 3, UpdateRatio: math.NaN()}}}
	p.Records = append(p.Records, odd)

	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"delta_rms":"NaN"`, `"act_mean":"+Inf"`, `"act_std":"-Inf"`, `"loss":"+Inf"`, `"update_ratio":"NaN"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s is missing in %s", want, text)
		}
	}
	var back Profile
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	// NaN is not equal to itself, so that the texts are compared, and the numbers where they can be.
	again, err := json.Marshal(back)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != string(again) {
		t.Errorf("read back and written again: %s\nwant %s", again, text)
	}
	if got, want := back.Records[1].Layers[1:], odd.Layers[1:]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := back.Records[1].Layers[0].Delta; !reflect.DeepEqual(got, histogram) {
		t.Errorf("got the histogram %+v, want %+v", got, histogram)
	}
	if got := back.Records[0].Layers[0]; !math.IsNaN(got.ActMean) || !math.IsNaN(got.Gains.Skip) || got.Delta != nil {
		t.Errorf("a record without details was read back as %+v", got)
	}
	if back.Seed != p.Seed || back.Layers[1] != p.Layers[1] || back.Params[0] != p.Params[0] {
		t.Errorf("got %+v, want %+v", back, p)
	}
}

func TestBadNumbersInJSONAreExplained(t *testing.T) {
	for _, text := range []string{
		`{"loss": "nan"}`, `{"layers": [{"delta_rms": true}]}`, `{"params": [{"grad_l2": "1"}]}`,
	} {
		var p Profile
		err := json.Unmarshal([]byte(`{"records": [`+text+`]}`), &p)
		if err == nil || !strings.Contains(err.Error(), `want a number, "NaN", "+Inf" or "-Inf"`) {
			t.Errorf("%s: got error %v", text, err)
		}
	}
}
