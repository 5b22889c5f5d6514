package vanishing

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestProfileSurvivesJSON(t *testing.T) {
	p := synthetic(1.0/3, 1e-310, 1e300)
	p.Name, p.Seed = `a "name"`, math.MaxUint64
	p.Params = []Param{{Name: "densea/weight", Layer: "densea", Depth: 1, Role: "weight", Size: 100}}
	odd := Record{Step: 9, Epoch: 2, Batch: 16, Loss: math.Inf(1), Layers: []LayerRecord{
		{math.NaN(), math.Inf(1), math.Inf(-1), 0.5, 1, 0}, {1, 2, 3, 4, 5, 6}, {5e-324, -0.1, math.MaxFloat64, 0, 0, 0.5},
	}, Params: []ParamRecord{{1, 2, 3, math.NaN()}}}
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
	if got, want := back.Records[1].Layers[2], odd.Layers[2]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if back.Seed != p.Seed || back.Layers[1] != p.Layers[1] || back.Params[0] != p.Params[0] {
		t.Errorf("got %+v, want %+v", back, p)
	}
}

func TestBadNumbersInJSONAreExplained(t *testing.T) {
	for _, text := range []string{
		`{"loss": "nan"}`, `{"layers": [{"delta_rms": true}]}`, `{"params": [{"grad_l2": "1"}]}`,
	} {
		var r Record
		err := json.Unmarshal([]byte(text), &r)
		if err == nil || !strings.Contains(err.Error(), `expected a number, "NaN", "+Inf" or "-Inf"`) {
			t.Errorf("%s: got error %v", text, err)
		}
	}
}
