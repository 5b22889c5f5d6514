package diagnose

import "testing"

func TestVerdictString(t *testing.T) {
	for want, v := range map[string]Verdict{
		"undetermined": Undetermined, "healthy": Healthy, "vanishing": Vanishing, "exploding": Exploding, "non-finite": NonFinite, "stuck": Stuck,
		"Verdict(9)": 9, "Verdict(-1)": -1, "Verdict(6)": 6,
	} {
		if got := v.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
