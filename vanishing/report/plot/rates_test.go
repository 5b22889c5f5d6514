package plot

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/train"
)

// rateCurve is a test whose loss falls from 2 to 1, and then diverges.
func rateCurve() train.RateCurve {
	c := train.RateCurve{Suggested: 1e-3}
	for i, loss := range []float64{2, 2, 2, 1.5, 1, 1, 3e7} {
		c.Rates, c.Losses, c.Smoothed = append(c.Rates, math.Pow(10, float64(i-6))), append(c.Losses, loss), append(c.Smoothed, loss)
	}
	return c
}

// The picture has the decades of the rates and the suggested one, and ends not far above the first loss.
func TestRates(t *testing.T) {
	f, err := Rates(rateCurve())
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	for _, want := range []string{"The loss over the learning rate", ">smoothed<", ">suggested: 0.001<", ">1e-6<", ">1e-2<", ">3<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture does not show %q", want)
		}
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "e+07") {
		t.Error("the picture has coordinates that are no numbers, or an axis that reaches to the diverged loss")
	}
}

// A loss that never falls has no suggested rate. A test that ended at once has no picture.
func TestRatesWithoutASuggestion(t *testing.T) {
	c := rateCurve()
	c.Suggested = math.NaN()
	c.Losses, c.Smoothed = []float64{1, 1, 1, 1, 1, 1, 1}, []float64{1, 1, 1, 1, 1, 1, 1}
	f, err := Rates(c)
	if err != nil {
		t.Fatal(err)
	}
	if svg := string(render(t, f, "svg")); strings.Contains(svg, "suggested:") || strings.Contains(svg, "NaN") {
		t.Error("the picture shows a suggested rate, or coordinates that are no numbers")
	}
	if _, err := Rates(train.RateCurve{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("no steps: got error %v", err)
	}
	c.Losses = c.Losses[:2]
	if _, err := Rates(c); err == nil || !strings.Contains(err.Error(), "got 7 rates, 2 losses") {
		t.Errorf("got error %v", err)
	}
}
