package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/examples/internal/doccheck"
)

func TestGuide(t *testing.T) {
	var output strings.Builder
	out := t.TempDir()
	if err := run(&output, out); err != nil {
		t.Fatal(err)
	}
	doccheck.Output(t, "00-first-steps.md", "go run ./examples/regression", output.String())
	doccheck.Figure(t, out, "regression.png")

	text := output.String()
	if got, limit := number(t, text, `epoch 200: .* (\S+) on new ones`), 1.25*noise*noise; got > limit {
		t.Errorf("squared error on new points is %g, want at most %g", got, limit)
	}
	if got := number(t, text, `RMS error is (\S+) inside`); got > noise/2 {
		t.Errorf("RMS error inside: got %g, want at most half of the noise", got)
	}
	if got, least := number(t, text, `(\S+) outside`), 2*noise; got < least {
		t.Errorf("RMS error outside: got %g, want at least %g, as the guide says that the network is lost there", got, least)
	}
	if got := number(t, text, `the network says (\S+),`); fmt.Sprintf("%.1f", got) != fmt.Sprintf("%.1f", curve(0.5)) {
		t.Errorf("one sample gives %g, want about %g", got, curve(0.5))
	}
}

func number(t *testing.T, text, pattern string) float64 {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("no %q in\n%s", pattern, text)
	}
	v, err := strconv.ParseFloat(match[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
