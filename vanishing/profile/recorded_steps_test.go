package profile

import "testing"

func TestSamplingInWords(t *testing.T) {
	for want, s := range map[string]Sampling{
		"":                                       {},
		"every step; 3 of 3 recorded steps kept": {Norms: "every step", Details: "every step", Steps: 3, Recorded: 3, Kept: 3},
		"every step; details every 10 steps; histograms every 100 steps; layers block*; 1000 of 100000 recorded steps kept": {
			Norms: "every step", Details: "every 10 steps", Histograms: "every 100 steps", Layers: "block*", Steps: 100000, Recorded: 100000, Kept: 1000},
	} {
		if got := s.String(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestCostInWords(t *testing.T) {
	for want, c := range map[string]Cost{
		"1.2 % of the run: 0.12 s of 10 s": {Run: 10, Recording: 0.12},
		"0.0 % of the run: 0 s of 0 s":     {},
		"0.5 % of the run: 5 s of 1000 s":  {Run: 1000, Recording: 5},
		"1.0 % of the run: 0.01 s of 1 s; besides, 0.5 s for theory, paths and sharpness": {Run: 1.5, Recording: 0.01, Once: 0.5},
	} {
		if got := c.String(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}
