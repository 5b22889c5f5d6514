package main

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/examples/internal/doccheck"
)

func output(t *testing.T, units int, seed uint64) string {
	t.Helper()
	var text strings.Builder
	if err := run(&text, units, seed); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestGuide(t *testing.T) {
	doccheck.Output(t, "00-first-steps.md", "go run ./examples/tshirt", output(t, 3, 1))
}

// From any initial weights, each of three units learns another one of the three ideas, or its opposite.
func TestThreeUnitsFindThreeIdeas(t *testing.T) {
	for seed := range uint64(10) {
		text := output(t, 3, 1+seed)
		if got := accuracy(t, text); got < 98.5 {
			t.Errorf("seed %d: %.1f%% judged right, want at least 98.5%%", 1+seed, got)
		}
		for _, idea := range ideas {
			if found := correlations(t, text, idea); len(found) != 1 || math.Abs(found[0]) < 0.95 {
				t.Errorf("seed %d: units that mean %s: %v, want one of correlation 0.95 or more", 1+seed, idea, found)
			}
		}
	}
}

// Two units cannot hold three ideas; eight hold them more than once.
func TestOtherNumbersOfUnits(t *testing.T) {
	if got := accuracy(t, output(t, 2, 1)); got > 93 {
		t.Errorf("two units judge %.1f%% right, want less than 93%%", got)
	}
	text, most := output(t, 8, 1), 0
	for _, idea := range ideas {
		most = max(most, len(correlations(t, text, idea)))
	}
	if most < 2 {
		t.Error("no idea is held by more than one of eight units")
	}
}

func TestShop(t *testing.T) {
	shirts, truth := shop(rand.New(rand.NewPCG(1, 1)), 1000)
	best := 0
	for i, label := range shirts.Y.Float32s() {
		if want := count(truth[i]) >= 2; (label == 1) != want {
			t.Fatalf("T-shirt %d is labelled %g, but %v of the ideas are true", i, label, truth[i])
		}
		best += int(label)
	}
	// With a share near one half, a constant answer is no good guess.
	if best < 400 || best > 600 {
		t.Errorf("%d of 1000 are best-sellers, want about half", best)
	}
}

func accuracy(t *testing.T, text string) float64 {
	t.Helper()
	match := regexp.MustCompile(`epoch 60: .* (\S+)% of the new`).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("no accuracy in\n%s", text)
	}
	return parse(t, match[1])
}

// correlations are the correlations of an idea with the units that are closest to it.
func correlations(t *testing.T, text, idea string) []float64 {
	t.Helper()
	var list []float64
	for _, match := range regexp.MustCompile("closest idea: "+idea+`, correlation (\S+)`).FindAllStringSubmatch(text, -1) {
		list = append(list, parse(t, match[1]))
	}
	return list
}

func parse(t *testing.T, number string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
