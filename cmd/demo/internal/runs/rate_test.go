package runs

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/train"
)

// demo rate suggests a rate, the same each time, and draws the losses.
func TestRate(t *testing.T) {
	args := append([]string{"rate", "-steps", "40", "-from", "1e-5", "-to", "1", "-seed", "3"}, demotest.Tiny[:len(demotest.Tiny)-2]...)
	status, out, files := app.Report(t, args...)
	if status != console.ExitOK {
		t.Fatalf("status %d", status)
	}
	for _, want := range []string{"plain relu: suggested learning rate: 0.", "; the default of momentum is 0.01", "Written to FOLDER: rate.png, rate.svg"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output does not show %q:\n%s", want, out)
		}
	}
	if svg := string(files["rate.svg"]); !strings.Contains(svg, "suggested: 0.") || !strings.Contains(svg, ">1e-5<") {
		t.Error("the picture does not show the suggested rate, or the first rate")
	}
	if _, again, _ := app.Report(t, args...); again != out {
		t.Errorf("the second time the output is\n%s", again)
	}
}

// A loss that falls at no rate has no suggestion.
func TestRateWithoutASuggestion(t *testing.T) {
	var curve train.RateCurve
	curve.Rates, curve.Suggested = []float64{0.5, 2}, math.NaN()
	if got, want := (rateSearch{}).suggestion(curve, 1), "the loss falls at no rate from 0.5 to 2 by more than the noise of batches (more -steps or a larger -batch may tell more)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A rate that does not grow is a mistake in the flags.
func TestRateThatDoesNotGrow(t *testing.T) {
	for want, args := range map[string][]string{
		`demo: rate: invalid value "0.1" for -to: got "0.1", want a rate above that of -from, 1`:         {"-from", "1", "-to", "0.1"},
		`demo: rate: invalid value "1e-08" for -to: got "1e-08", want a rate above that of -from, 1e-07`: {"-to", "1e-8"},
		`demo: rate: invalid value "20" for -from: got "20", want a rate below that of -to, 10`:          {"-from", "20"},
	} {
		status, _, log := app.Call(append([]string{"rate"}, args...)...)
		if status != console.ExitUsage || !strings.Contains(log, want) {
			t.Errorf("%v: got status %d and %q, want %q", args, status, log, want)
		}
	}
}
