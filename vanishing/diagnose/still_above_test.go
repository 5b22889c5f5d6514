package diagnose

import (
	"strings"
	"testing"
)

// A loss that comes down toward guessing from above does not tell whether it will go below: that is undetermined if the gradient changes enough
// to be the cause, and not if it falls fast.
func TestLossThatIsStillAboveGuessing(t *testing.T) {
	for name, c := range map[string]struct {
		from, to, factor float64
		want             Verdict
	}{
		"falls slowly, shrinking": {4.5, 2.6, 0.4, Undetermined},
		"falls slowly, growing":   {4.5, 2.6, 2.5, Undetermined},
		"falls slowly, level":     {4.5, 2.6, 1, Healthy},
		"falls fast, shrinking":   {60, 2.6, 0.4, Healthy},
		"below, shrinking":        {4.5, 1.9, 0.4, Healthy},
	} {
		d := Diagnose(stuckProfile(200, c.from, c.to, falling(6, c.factor)...))
		if d.Verdict != c.want {
			t.Errorf("%s: got %v, want %v: %s", name, d.Verdict, c.want, d.Sentence)
		}
	}
	d := Diagnose(stuckProfile(200, 4.5, 2.6, falling(6, 2.5)...))
	if want := "still above the 2.3 of guessing: whether it comes below, more steps will tell"; !strings.Contains(d.Sentence, want) {
		t.Errorf("the sentence does not say %q: %s", want, d.Sentence)
	}
}
