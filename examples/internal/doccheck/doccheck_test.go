package doccheck

import "testing"

func TestAgree(t *testing.T) {
	for _, c := range []struct {
		shown, got string
		want       bool
	}{
		{"loss 1.00\n", "loss   1.00", true},
		{"loss 1.00", "loss 1.01", true}, // one unit in the last digit
		{"loss 1.00", "loss 1.03", false},
		{"ratio 5.0e-19", "ratio 5.1e-19", true},
		{"ratio 5.0e-19", "ratio 5.0e-18", false},
		{"12 images", "12 pictures", false},
		{"24%", "25%", true},
		{"24%", "26%", false},
		{"-1.0", "1.0", false},
		{"a\nb", "a", false},
		{"a", "a\nb", false},
	} {
		if _, got := agree(c.shown, c.got); got != c.want {
			t.Errorf("%q and %q agree: %v, want %v", c.shown, c.got, got, c.want)
		}
	}
}
