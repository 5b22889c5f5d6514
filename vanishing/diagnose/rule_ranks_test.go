package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// ranks gives every record as many ranks as there are norms of single samples' parts, each with 8 samples.
func ranks(of func(step, rank int) float64) func(*profile.Profile) {
	return func(p *profile.Profile) {
		for i := range p.Records {
			for rank := range 4 {
				p.Records[i].Ranks = append(p.Records[i].Ranks, profile.RankRecord{Samples: 8, GradL2: profile.Number(of(i, rank))})
			}
		}
	}
}

func TestOddRanks(t *testing.T) {
	odd := func(times float64) func(step, rank int) float64 {
		return func(_, rank int) float64 {
			if rank == 2 {
				return times
			}
			return 1
		}
	}
	expectNoFinding(t, Diagnose(flat(ranks(odd(1)))), "odd-rank")
	expectNoFinding(t, Diagnose(flat(ranks(odd(3)))), "odd-rank")
	expectFinding(t, Diagnose(flat(ranks(odd(5)))), "odd-rank", "of rank 2 are of another size", "5 times that of the others")
	expectFinding(t, Diagnose(flat(ranks(odd(0.1)))), "odd-rank", "of rank 2")
	f := expectFinding(t, Diagnose(flat(ranks(func(step, rank int) float64 {
		if step == 7 && rank == 3 {
			return math.NaN()
		}
		return 1
	}))), "odd-rank", "rank 3 are not finite", "In step 7")
	if f.Severity != Critical || f.Step != 7 {
		t.Errorf("%+v", f)
	}
	expectNoFinding(t, Diagnose(flat(ranks(func(step, _ int) float64 { return math.NaN() }))), "odd-rank")
}

// Of 4 parts of 8 samples, |g|² = |G|² + S/8 and |G of all|² = |G|² + S/32.
func TestNoiseScale(t *testing.T) {
	of := func(scale float64) profile.Profile {
		return flat(func(p *profile.Profile) {
			ranks(func(int, int) float64 { return math.Sqrt(1 + scale/8) })(p)
			for i := range p.Records {
				for k := range p.Records[i].Params {
					p.Records[i].Params[k].GradL2 = 0
				}
				p.Records[i].Params[0].GradL2 = profile.Number(math.Sqrt(1 + scale/32))
			}
		})
	}
	expectFinding(t, Diagnose(of(320)), "noise-scale", "The batch is small", "320 samples", "the batch has 32", "BatchSize: 64")
	expectFinding(t, Diagnose(of(40)), "noise-scale", "suits", "40 samples")
	expectFinding(t, Diagnose(of(8)), "noise-scale", "The batch is large", "BatchSize: 16")
	expectNoFinding(t, Diagnose(flat(func(*profile.Profile) {})), "noise-scale")
}
