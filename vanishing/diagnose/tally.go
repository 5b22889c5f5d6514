package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A tally counts the records in which a condition holds.
type tally struct {
	holds int // records in which it holds
	known int // records in which it is known whether it holds
	first int // step of the first record in which it holds
}

// countIn tests a condition in each record.
func countIn(records []profile.Record, test func(profile.Record) (holds, known bool)) tally {
	var t tally
	for _, r := range records {
		holds, known := test(r)
		if !known {
			continue
		}
		t.known++
		if holds {
			if t.holds == 0 {
				t.first = r.Step
			}
			t.holds++
		}
	}
	return t
}

// mostly reports whether the condition holds in more than half of the known records.
func (t tally) mostly() bool { return 2*t.holds > t.known }

// share is the share of the known records in which the condition holds.
func (t tally) share() float64 { return float64(t.holds) / float64(max(t.known, 1)) }

// confidence is the probability that the condition holds in more than half of a resample, which draws as many records with
// replacement: the upper tail of a binomial distribution.
func (t tally) confidence() float64 {
	n, p := t.known, t.share()
	if t.holds == 0 || t.holds == n {
		return p
	}
	sum := 0.0
	for k := n/2 + 1; k <= n; k++ {
		sum += math.Exp(logChoose(n, k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
	}
	return min(sum, 1)
}

// logChoose is the logarithm of the binomial coefficient n over k.
func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}
