package plot

import "testing"

// An axis that begins a little before its first count has no negative one.
func TestCountsAreNeverNegative(t *testing.T) {
	ticks := countTicks{}.Ticks(-2.4, 107)
	if first, second := ticks[0], ticks[1]; first.Value != 0 || first.Label != "0" || second.Value != 10 {
		t.Errorf("the first ticks are %v and %v, want 0 and 10", first, second)
	}
}
