package diagnose

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// level is a gradient of size 1 in n layers and an output layer, except in the given first layers.
func level(n int, first ...float64) []float64 {
	delta := falling(n+1, 1)
	copy(delta, first)
	return delta
}

func TestUnevenSentences(t *testing.T) {
	for want, delta := range map[string][]float64{
		// The first layer is cut off.
		"By the trend of all layers the gradient stays about level on its way back, but not evenly: layer 1 receives 0.012 of what layer 60 does, " +
			"and most of the departure from the trend is between layers 1 and 2.": level(60, 0.012),
		// The last layer undoes the change of the first.
		"By the trend of all layers the gradient grows by a factor of 44 on its way back, but not evenly: layer 1 receives 0.5 times what layer 31 does, " +
			"and most of the departure from the trend is between layers 30 and 31.": append(falling(30, math.Pow(10, 2/29.0)), 200, 1),
	} {
		d := Diagnose(synthetic(delta...))
		if d.Verdict != Healthy || d.Sentence != want {
			t.Errorf("%v, change %.2f\ngot  %s\nwant %s", d.Verdict, d.Change, d.Sentence, want)
		}
	}
}

// In no profile do the words of the sentence contradict its numbers.
func TestNoSentenceContradictsItsNumbers(t *testing.T) {
	stride := 6
	if testing.Short() {
		stride = 18
	}
	for n := 2; n <= 60; n += stride {
		for exponent := -30.0; exponent <= 30; exponent += 0.5 {
			for at := range min(n, 8) {
				delta := level(n)
				for i := range at + 1 {
					delta[i] = math.Pow(10, exponent*float64(at+1-i)/float64(at+1))
				}
				checkAgreement(t, fmt.Sprintf("%d layers, the first %d up to 1e%g", n, at+1, exponent), delta)
			}
		}
	}
}

func checkAgreement(t *testing.T, what string, delta []float64) {
	t.Helper()
	d := Diagnose(synthetic(delta...))
	measured := math.Log10(d.Ratio)
	for words, fine := range map[string]bool{
		"keeps its size":   math.Abs(measured) < 1,
		"shrinks a little": -3 < measured && measured < 0,
		"grows a little":   0 < measured && measured < 3,
		"short of":         math.Abs(measured) < 3,
		"stays about":      math.Abs(d.Change) < 1,
	} {
		if strings.Contains(d.Sentence, words) && !fine {
			t.Errorf("%s: change %.3f, measured %.3f: %s", what, d.Change, measured, d.Sentence)
		}
	}
	if d.Verdict == Healthy && math.Abs(measured) >= 3.001 {
		t.Errorf("%s: healthy though the ends differ by %.3f decades: %s", what, measured, d.Sentence)
	}
}

func TestBlockedLastLayerIsNotCompared(t *testing.T) {
	expectVerdict(t, synthetic(1, 1, 1, 0, 1), Healthy, "keeps its size", "layer 1 receives as much as layer 3 does")
}

// shortest finds what looking at all pairs finds, in time that grows with n.
func TestShortest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 60 {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(random.IntN(12))
		}
		calls := 0
		enough := func(i, j int) bool { calls++; return values[i]-values[j] >= 8 }
		got := shortest(n, enough, func(i, j int) bool { return values[i] <= values[j] })
		if calls > 2*n {
			t.Errorf("%d numbers: looked at %d pairs, want at most %d", n, calls, 2*n)
		}
		want := n
		for i := range n {
			for j := i + 1; j < n; j++ {
				if enough(i, j) {
					want = min(want, j-i)
				}
			}
		}
		if got != want {
			t.Errorf("%v: got %d, want %d", values, got, want)
		}
	}
}
