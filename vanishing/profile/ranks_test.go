package profile

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// drawn is a step of 4 ranks: gradients with a known mean, of norm 2, and noise of variance 1 in each of 100 elements of a sample's gradient.
func drawn(r *rand.Rand, samples ...int) Record {
	const size = 100
	all := make([]float64, size)
	total := 0
	var record Record
	for _, n := range samples {
		square := 0.
		for i := range all {
			g := 2/math.Sqrt(size) + r.NormFloat64()/math.Sqrt(float64(n))
			square += g * g
			all[i] += float64(n) * g
		}
		total += n
		record.Ranks = append(record.Ranks, RankRecord{Samples: n, GradL2: Number(math.Sqrt(square))})
	}
	square := 0.
	for _, g := range all {
		square += g * g
	}
	record.Params = []ParamRecord{{GradL2: Number(math.Sqrt(square) / float64(total))}}
	return record
}

// The estimates of gradients with a known noise scale, 100/4 = 25 samples, also where the parts of the batch differ.
func TestNoise(t *testing.T) {
	for name, samples := range map[string][]int{"even": {8, 8, 8, 8}, "uneven": {2, 5, 9, 1}, "a rank without samples": {8, 8, 8}} {
		r := rand.New(rand.NewPCG(1, 2))
		var records []Record
		for range 2000 {
			record := drawn(r, samples...)
			if len(samples) == 3 {
				record.Ranks = append(record.Ranks, RankRecord{GradL2: 5})
			}
			records = append(records, record)
		}
		n := NoiseOf(records)
		if math.Abs(n.Gradient-4) > 0.4 || math.Abs(n.Variance-100) > 5 || math.Abs(n.Scale()-25) > 3 {
			t.Errorf("%s: got %+v with scale %g, want gradient 4, variance 100 and scale 25", name, n, n.Scale())
		}
	}
	if n := NoiseOf(make([]Record, 3)); n.Steps != 0 || !math.IsNaN(n.Scale()) {
		t.Errorf("without ranks: got %+v", n)
	}
	if n := (Noise{Steps: 1, Gradient: -1, Variance: 2}); !math.IsInf(n.Scale(), 1) {
		t.Errorf("without a gradient: got scale %g, want infinity", n.Scale())
	}
}

func TestValidateRanks(t *testing.T) {
	for want, rank := range map[string]RankRecord{"samples": {Samples: -1}, "grad_l2": {GradL2: -1}} {
		p := Profile{Records: []Record{{Ranks: []RankRecord{{}, rank}}}}
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "rank 1: got "+want) {
			t.Errorf("got error %v, want one about %s", err, want)
		}
	}
}
