package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A SequenceTrend is the gradient of one of Profile.Sequences over its steps, in the records before a NaN or infinity.
type SequenceTrend struct {
	DeltaRMS []float64  // by recorded step: geometric median over the records; nil without records of it
	Trend    *TimeTrend // nil without two steps with a gradient

	// CarryShares are, by recorded step, the share of the squared gradient from the step after that came through the cell's carry: the median
	// over the records. They are NaN where nothing came, as at the last step, and nil for a cell without a carry. Share is their median.
	CarryShares []float64
	Share       float64 // NaN if it is unknown
	Gate        float64 // median of the carry's factor, which is f of LSTM and z of GRU, over the records; NaN if it is unknown

	// Expected and Measured are the decades from the last step to the first, by theory and in the first record with details. Both are NaN
	// without a prediction.
	Expected, Measured float64
}

// sequenceTrends returns the trend of each sequence.
func sequenceTrends(p profile.Profile) []SequenceTrend {
	list := make([]SequenceTrend, len(p.Sequences))
	for i, s := range p.Sequences {
		points := sequencePoints(p, p.Records, i)
		t := SequenceTrend{Trend: sequenceTrend(s, i, points), Share: math.NaN(), Gate: math.NaN(), Expected: math.NaN(), Measured: math.NaN()}
		for _, point := range points {
			t.DeltaRMS = append(t.DeltaRMS, point.rms)
		}
		if s.Reverse {
			slices.Reverse(t.DeltaRMS)
		}
		t.carries(p, i)
		t.expectations(p, i)
		list[i] = t
	}
	return list
}

// sequenceTrend is the trend through the points of a sequence; nil without two steps with a gradient.
func sequenceTrend(s profile.Sequence, i int, points []timePoint) *TimeTrend {
	t := newTimeTrend(points)
	if t != nil {
		t.Sequence, t.Steps, t.Layers = i, s.Steps, []int{s.Layer}
	}
	return t
}

// carries sets the shares of the carry.
func (t *SequenceTrend) carries(p profile.Profile, i int) {
	var gates, known []float64
	for k := range p.Sequences[i].At {
		var shares []float64
		for _, r := range p.Records {
			if r.Details == nil || i >= len(r.Details.Sequences) || r.Details.Sequences[i].CarryRMS == nil {
				continue
			}
			if d := r.Details.Sequences[i]; k == 0 {
				gates = append(gates, float64(d.Carry))
			}
			if share := r.Details.Sequences[i].CarryShare(k); !math.IsNaN(share) {
				shares = append(shares, share)
			}
		}
		if len(gates) == 0 {
			return
		}
		t.CarryShares = append(t.CarryShares, middle(shares))
		if len(shares) > 0 {
			known = append(known, t.CarryShares[k])
		}
	}
	t.Share, t.Gate = middle(known), middle(gates)
}

// middle is the median of the values, which it sorts; NaN without any.
func middle(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// expectations sets the changes by theory and in the first record.
func (t *SequenceTrend) expectations(p profile.Profile, i int) {
	s := p.Sequences[i]
	if s.Theory == nil || s.Theory.None != "" || len(s.At) < 2 {
		return
	}
	first, last := 0, len(s.At)-1
	if s.Reverse {
		first, last = last, first
	}
	for _, r := range p.Records {
		if a, b := sequenceAt(r, i, first), sequenceAt(r, i, last); !math.IsNaN(a) && !math.IsNaN(b) {
			t.Expected = float64(s.Theory.Delta[first]) - float64(s.Theory.Delta[last])
			t.Measured = stat.Log10(a) - stat.Log10(b)
			return
		}
	}
}

// evidence says on which way the gradient passes from step to step, and what theory expects; empty if neither is known.
func (t SequenceTrend) evidence(say lang.Language, s profile.Sequence) string {
	var parts []string
	if !math.IsNaN(t.Share) {
		parts = append(parts, say.Sprintf("From step to step %s of the squared gradient passes through the cell's carry, by the median over the steps, and the rest through the gates and the recurrent weights; the median of %s is %.2f.",
			words.Percent(t.Share), gateName(say, s), t.Gate))
	}
	if !math.IsNaN(t.Expected) {
		parts = append(parts, say.Sprintf("At the start mean-field theory expects %s decades from the last step to the first, and %s were measured.",
			words.Signed(t.Expected, 1), words.Signed(t.Measured, 1)))
	}
	if s.Theory != nil && s.Theory.Radius > 0 {
		parts = append(parts, say.Sprintf("The spectral radius of the recurrent weight is %.2f, the factor of each step in a linear network.", float64(s.Theory.Radius)))
	}
	return say.Sentences(parts...)
}

// gateName is the gate that multiplies the carry.
func gateName(say lang.Language, s profile.Sequence) string {
	if s.Cell == profile.GRU {
		return say.Text("the update gate")
	}
	return say.Text("the forget gate")
}
