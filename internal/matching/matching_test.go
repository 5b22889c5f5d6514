package matching

import (
	"regexp"
	"testing"
)

func TestCheck(t *testing.T) {
	names := []string{"dense1/weight", "dense1/bias", "dense2/weight", "dense2/bias", "dense3/weight", "dense3/bias"}
	for pattern, want := range map[string]string{
		"bias$": "", "": "", `\.bias$`: `got "\\.bias$", which matches no parameter, want one that matches some of ` +
			"dense1/weight, dense1/bias, dense2/weight, dense2/bias, dense3/weight and 1 more",
	} {
		err := Check(regexp.MustCompile(pattern), names)
		if got := ""; err != nil {
			if got = err.Error(); got != want {
				t.Errorf("%q: got %q, want %q", pattern, got, want)
			}
		} else if want != "" {
			t.Errorf("%q: got no error, want %q", pattern, want)
		}
	}
	if err := Check(regexp.MustCompile("x"), nil); err != nil {
		t.Errorf("got %v without names, want nil", err)
	}
}
