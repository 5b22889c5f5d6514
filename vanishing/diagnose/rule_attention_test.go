package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// attended adds an attention of two heads after layer 3, with these spreads, largest logits and cosines at both ends of each record.
func attended(at func(step int) (spread, logit, before, after float64)) func(*profile.Profile) {
	return func(p *profile.Profile) {
		p.Attentions = []profile.Attention{{Path: "layers/0/attention", Output: 2, Heads: 2, Queries: 8, Keys: 8}}
		for k := range p.Records {
			spread, logit, before, after := at(p.Records[k].Step)
			head := profile.HeadDetail{LargestLogit: profile.Number(logit), Entropy: profile.Number(2 * spread), EvenEntropy: 2}
			p.Records[k].Details.Attentions = []profile.AttentionDetail{{
				Heads: []profile.HeadDetail{head, head}, CosineIn: profile.Number(before), CosineOut: profile.Number(after),
			}}
		}
	}
}

// grown goes from one number in step 0 to another in step 19, by a constant factor.
func grown(step int, from, to float64) float64 { return from * math.Pow(to/from, float64(step)/19) }

func TestEntropyCollapse(t *testing.T) {
	collapse := func(end, logit float64) profile.Profile {
		return flat(attended(func(step int) (float64, float64, float64, float64) {
			return grown(step, 1, end), grown(step, 0.2, logit), 0.1, 0.2
		}))
	}
	f := expectFinding(t, Diagnose(collapse(0.01, 5000)), "entropy-collapse", "the attention before layer 3", "layers/0/attention", "100 % in step 0", "Not tried", "QKNorm: true")
	if f.Severity != Warning || f.Step < 8 || len(f.Layers) != 1 || f.Layers[0] != 2 {
		t.Errorf("got %+v", f)
	}
	expectNoFinding(t, Diagnose(collapse(0.01, 5000)), "logit-growth")                         // said once
	expectNoFinding(t, Diagnose(collapse(0.16, 102)), "entropy-collapse")                      // the sharpest of the healthy runs
	expectNoFinding(t, Diagnose(collapse(0.01, 20)), "entropy-collapse")                       // sharp by masks, say, and not by logits
	expectNoFinding(t, Diagnose(flat(attended(func(int) (float64, float64, float64, float64) { // as it was from the beginning
		return 0.05, 300, 0.1, 0.2
	}))), "entropy-collapse")
}

func TestLogitGrowth(t *testing.T) {
	to := func(logit float64) profile.Profile {
		return flat(attended(func(step int) (float64, float64, float64, float64) { return 0.5, grown(step, 0.2, logit), 0.1, 0.2 }))
	}
	f := expectFinding(t, Diagnose(to(2000)), "logit-growth", "layers/0/attention", "second quarter")
	if f.Severity != Warning || f.Step < 14 {
		t.Errorf("got %+v", f)
	}
	expectNoFinding(t, Diagnose(to(102)), "logit-growth")
	expectNoFinding(t, Diagnose(flat(attended(func(int) (float64, float64, float64, float64) { return 0.5, 400, 0.1, 0.2 }))), "logit-growth")
}

func TestRankCollapse(t *testing.T) {
	of := func(before, after float64, steps int) profile.Profile {
		p := flat(attended(func(int) (float64, float64, float64, float64) { return 1, 1, before, after }))
		for i := range p.Records {
			p.Records[i].Step *= steps
		}
		return p
	}
	f := expectFinding(t, Diagnose(of(0.1, 0.99, 1)), "rank-collapse", "0.10 before", "0.99 after", "Placement: attention.PreLN")
	if f.Severity != Warning || f.Step != 0 {
		t.Errorf("got %+v", f)
	}
	expectNoFinding(t, Diagnose(of(0.1, 0.6, 10)), "rank-collapse")
	expectNoFinding(t, Diagnose(of(0.97, 0.99, 10)), "rank-collapse") // alike from the beginning, as the patches of a plain image

	later := func(factor int) profile.Profile { // alike from the second step on
		p := flat(attended(func(step int) (float64, float64, float64, float64) { return 1, 1, 0.1, min(0.03+float64(step), 0.99) }))
		for i := range p.Records {
			p.Records[i].Step *= factor
		}
		return p
	}
	expectFinding(t, Diagnose(later(20)), "rank-collapse")
	expectNoFinding(t, Diagnose(later(5)), "rank-collapse") // healthy networks may be there in their first steps
	for _, learnt := range []profile.Profile{later(20), of(0.1, 0.99, 10)} {
		learnt.Baseline = 10
		expectNoFinding(t, Diagnose(learnt), "rank-collapse")
	}
	skipping := of(0.1, 0.99, 1) // with skips it may be so at first
	skipping.Blocks = []profile.Block{{Path: "layers/0"}}
	expectNoFinding(t, Diagnose(skipping), "rank-collapse")
}

// A remedy for attention that was tried and lowered the loss more than no change takes the place of the suggestion.
func TestTriedRemedyForAttention(t *testing.T) {
	p := flat(attended(func(step int) (float64, float64, float64, float64) {
		return grown(step, 1, 0.01), grown(step, 0.2, 5000), 0.1, 0.2
	}))
	outcome := func(after profile.Number) *profile.Outcome { return &profile.Outcome{Loss: 3, After: after} }
	p.Trials = []profile.Trial{{Name: "higher rate", Code: "LearningRate: 1", Outcome: outcome(0.5)}, {Name: "warm-up", Code: "Schedule: x", Outcome: outcome(1)}, {Name: "as it is", Outcome: outcome(2)}}
	f := expectFinding(t, Diagnose(p), "entropy-collapse", "warm-up helps attention most", "from 3 to 1", "Schedule: x")
	if !f.Tried {
		t.Errorf("got %+v", f)
	}
	p.Trials[1].Outcome.After = 2.5
	if f := expectFinding(t, Diagnose(p), "entropy-collapse", "QKNorm: true"); f.Tried {
		t.Errorf("got %+v", f)
	}
}
