package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A tally counts in which records something holds.
type tally struct {
	holds, known int
	first        int // step of the first record in which it holds
}

// countIn asks each record whether something holds in it, and whether it can tell.
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

// mostly tells whether it holds in more than half of the records.
func (t tally) mostly() bool { return 2*t.holds > t.known }

// share is the part of the records in which it holds.
func (t tally) share() float64 { return float64(t.holds) / float64(max(t.known, 1)) }

// confidence is the probability that it holds in more than half of as many records, drawn from these with replacement:
// the upper tail of a binomial distribution.
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

// logChoose is the logarithm of the number of ways to take k of n.
func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}
