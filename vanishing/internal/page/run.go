package page

import (
	"strconv"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A run is the data of one profile.
type run struct {
	Name      string             `json:"name"`
	Dtype     string             `json:"dtype"`
	Seed      string             `json:"seed"` // a string, as JavaScript's numbers have only 53 bits
	Optimizer *profile.Optimizer `json:"optimizer"`

	Verdict  string `json:"verdict"`
	Headline string `json:"headline"`
	Sentence string `json:"sentence"`
	Evidence string `json:"evidence"`
	Why      string `json:"why"`      // the budget in a sentence; empty if not known
	Expected string `json:"expected"` // whether the initialisation explains the verdict; empty without a prediction
	Slope    number `json:"slope"`    // decades per layer toward the output
	R2       number `json:"r2"`
	Change   number `json:"change"`
	Ratio    number `json:"ratio"`

	Findings []vanishing.Finding `json:"findings"`

	Layers []vanishing.Layer `json:"layers"`
	Blocks []profile.Block   `json:"blocks"`
	Median numbers           `json:"median"` // of RMS(delta), by layer

	Sampling profile.Sampling `json:"sampling"`
	Records  int              `json:"records"`
	Clipped  int              `json:"clipped"` // number of records with a clipped gradient
	Cost     *profile.Cost    `json:"cost"`

	Loss     curve           `json:"loss"`
	Rate     curve           `json:"rate"` // the learning rate
	History  []profile.Epoch `json:"history"`
	Baseline number          `json:"baseline"` // the loss of guessing; 0 if not known
	Batch    int             `json:"batch"`    // samples in the largest batch

	Norms      tier       `json:"norms"`
	Details    tier       `json:"details"`
	Histograms histograms `json:"histograms"`

	Budget    budget              `json:"budget"`
	Theory    *theory             `json:"theory"`
	Attention attentions          `json:"attentions"`
	Sequences sequences           `json:"sequences"`
	Paths     []profile.Paths     `json:"paths"`
	Sharpness []profile.Sharpness `json:"sharpness"`
	Trials    []profile.Trial     `json:"trials"`
}

// A share bounds the part of a profile that the page holds.
type share struct {
	cells      int // layers times records of each quantity of the norms; a quarter of it for the details
	histograms int // of each kind
}

func newRun(subject Subject, s share) run {
	all, d := subject.Profile, subject.Diagnosis
	p := d.Profile
	broken := -1 // index of the first record that is not finite
	if d.NonFinite != nil && d.Records < len(p.Records) {
		broken = d.Records
	}
	r := run{
		Name: p.Name, Dtype: p.Dtype, Seed: strconv.FormatUint(p.Seed, 10), Optimizer: p.Optimizer,
		Verdict: d.Verdict.String(), Headline: d.Headline(), Sentence: d.Sentence, Evidence: d.Evidence, Why: d.Budget.String(), Expected: d.Expected,
		Slope: number(d.Slope), R2: number(d.R2), Change: number(d.Change), Ratio: number(d.Ratio),
		Findings: append([]vanishing.Finding{}, d.Findings...), Layers: append([]vanishing.Layer{}, p.Layers...), Blocks: append([]profile.Block{}, p.Blocks...), Median: d.DeltaRMS,
		Sampling: samplingOf(d), Records: len(all.Records), Cost: p.Cost,
		Loss: curveOf(all.Records, min(maxPoints, s.cells), lossOf), Rate: curveOf(all.Records, min(maxPoints, s.cells)/4, rateOf),
		History: epochsOf(all.History, min(maxEpochs, s.cells/4)), Baseline: number(all.Baseline),
		Norms: normsOf(p, s.cells, broken), Details: detailsOf(p, s.cells/4, broken),
		Histograms: histogramsOf(p, s.histograms),
		Budget:     budgetOf(d.Budget), Theory: theoryOf(d), Paths: pathsOf(p), Sharpness: sharpnessOf(p), Trials: trialsOf(d),
	}
	records := detailRecords(p, s.cells/4, broken)
	r.Attention, r.Sequences = attentionsOf(p, records, s.cells), sequencesOf(d, records, s.cells)
	for _, record := range all.Records {
		r.Batch = max(r.Batch, record.Batch)
		if record.Clip > 0 && record.Clip < 1 {
			r.Clipped++
		}
	}
	r.Norms.Of, r.Details.Of, r.Histograms.Of = kept(all)
	return r
}

// samplingOf is the sampling with the schedules in the page's language.
func samplingOf(d vanishing.Diagnosis) profile.Sampling {
	s, say := d.Profile.Sampling, d.Language
	s.Norms, s.Details, s.Histograms = say.Stored(s.Norms), say.Stored(s.Details), say.Stored(s.Histograms)
	return s
}

// kept counts all records, those with details, and those with histograms.
func kept(p vanishing.Profile) (all, details, histograms int) {
	for _, r := range p.Records {
		if r.Details != nil {
			details++
		}
		if r.Histograms != nil {
			histograms++
		}
	}
	return len(p.Records), details, histograms
}
