package profile

import (
	"strings"
	"testing"
)

// attended is a profile with an attention of two heads and their maps.
func attended() Profile {
	p := synthetic(1, 1)
	p.Attentions = []Attention{{Path: "a", Output: 1, Heads: 2, Queries: 3, Keys: 2}}
	r := &p.Records[0]
	r.Details = &Details{Layers: make([]LayerDetail, 2), Params: make([]ParamDetail, len(p.Params)), Attentions: []AttentionDetail{{Heads: make([]HeadDetail, 2)}}}
	r.Histograms = &Histograms{Layers: make([]LayerHistograms, 2), Params: make([]ParamHistograms, len(p.Params)),
		Attentions: []AttentionMap{{Rows: 1, Columns: 2, Heads: [][]int{{400, 600}, {0, 1000}}}}}
	return p
}

func TestValidateAttentions(t *testing.T) {
	if err := attended().Validate(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Profile){
		"got output 2":             func(p *Profile) { p.Attentions[0].Output = 2 },
		"got heads -1":             func(p *Profile) { p.Attentions[0].Heads = -1 },
		"got 2 entries in details": func(p *Profile) { p.Records[0].Details.Attentions = make([]AttentionDetail, 2) },
		"got 1 heads, want 2":      func(p *Profile) { p.Records[0].Details.Attentions[0].Heads = make([]HeadDetail, 1) },
		"got maps of 3 heads":      func(p *Profile) { p.Records[0].Histograms.Attentions[0].Heads = make([][]int, 3) },
		"got maps of 17 by 2":      func(p *Profile) { p.Records[0].Histograms.Attentions[0].Rows = 17 },
		"got a map of 1 numbers":   func(p *Profile) { p.Records[0].Histograms.Attentions[0].Heads[1] = []int{1} },
		"got 1001 in a map":        func(p *Profile) { p.Records[0].Histograms.Attentions[0].Heads[1][0] = 1001 },
	} {
		p := attended()
		spoil(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}

func TestSpread(t *testing.T) {
	if got := (HeadDetail{Entropy: 1, EvenEntropy: 4}).Spread(); got != 0.25 {
		t.Errorf("got %g, want 0.25", got)
	}
}
