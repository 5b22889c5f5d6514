package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// maxSample is the largest number of records that rules look at, evenly spaced from the first to the last. More records would
// not improve the medians, and a run of a million records takes no longer than a short one.
const maxSample = 256

// A ruleInput is a profile with the values that several rules need.
type ruleInput struct {
	profile.Profile
	d        *Diagnosis
	say      lang.Language    // of the sentences
	hidden   []int            // the recorded layers on the path from input to output, without the output layer
	trained  []int            // those of hidden that are not frozen
	sample   []profile.Record // a sample of the finite records
	detailed []profile.Record // a sample of the finite records with details
	weights  []int            // by layer: the index in Params of its weight, or -1
	theory   []expected       // by layer; nil without a prediction
}

func newRuleInput(p profile.Profile, d *Diagnosis) *ruleInput {
	r := &ruleInput{Profile: p, d: d, say: d.Language, hidden: slices.Concat(d.Lost, d.Blocked, d.Fitted), weights: p.Weights(), theory: expectedOf(p)}
	slices.Sort(r.hidden)
	finite := p.Records[:d.Records]
	r.sample = spread(finite, maxSample)
	var details []int
	for i := range finite {
		if finite[i].Details != nil {
			details = append(details, i)
		}
	}
	for _, i := range spread(details, maxSample) {
		r.detailed = append(r.detailed, finite[i])
	}
	frozen, _ := r.unmovedLayers()
	if !r.isFrozen(frozen) {
		frozen = nil
	}
	r.trained = slices.DeleteFunc(slices.Clone(r.hidden), func(l int) bool { return slices.Contains(frozen, l) })
	return r
}

// spread picks n evenly spaced entries from the first to the last, or all if there are at most n.
func spread[T any](list []T, n int) []T {
	if len(list) <= n {
		return list
	}
	picked := make([]T, n)
	for i := range picked {
		picked[i] = list[i*(len(list)-1)/(n-1)]
	}
	return picked
}

// median is the geometric median of a number over records; NaN does not count.
func median(records []profile.Record, of func(profile.Record) float64) float64 {
	var values []float64
	for _, r := range records {
		if v := of(r); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	return stat.GeometricMedian(values)
}

// moves is the median update ratio of a layer's weight; NaN without a weight or without updates.
func (r *ruleInput) moves(layer int) float64 {
	return median(r.sample, func(rec profile.Record) float64 { return rec.UpdateRatio(r.weights[layer]) })
}

// typical is the geometric mean of a number over layers; NaN does not count, and a zero makes it zero.
func typical(layers []int, of func(layer int) float64) float64 {
	sum, n := 0.0, 0
	for _, l := range layers {
		if v := of(l); !math.IsNaN(v) {
			sum, n = sum+stat.Log10(v), n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return math.Pow(10, sum/float64(n))
}

// thirds are the first and the last third of the hidden layers, at least one layer each.
func (r *ruleInput) thirds() (early, late []int) {
	n := len(r.hidden)
	k := min(max(n/3, 1), n)
	return r.hidden[:k], r.hidden[n-k:]
}
