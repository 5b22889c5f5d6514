package main

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph/attention"
)

// The gradient of the last layer is independent of the depth with Post-LN, and falls as 1/sqrt(depth) with Pre-LN (Xiong et al. 2020,
// theorem 1) and with DeepNorm, whose branches have the factor beta/alpha = (16 depth²)^(-1/4).
func TestExponents(t *testing.T) {
	small := experiment{width: 32, networks: 3, layers: []int{2, 6, 18}, batch: randomSequences(8)}
	for _, c := range []struct {
		placement attention.Placement
		want      float64
	}{
		{attention.PostLN, 0}, {attention.PreLN, -0.5}, {attention.DeepNorm, -0.5},
	} {
		first, last, err := small.measure(c.placement)
		if err != nil {
			t.Fatal(err)
		}
		// Three networks leave a standard error of about 0.02.
		if math.Abs(last.exponent-c.want) > 0.1 {
			t.Errorf("%v: exponent of the last layer's gradient: got %.3f, want %g", c.placement, last.exponent, c.want)
		}
		if len(first.gradient) != len(small.layers) {
			t.Errorf("%v: got gradients %v, want one for each of %v", c.placement, first.gradient, small.layers)
		}
	}
}

func TestExperimentPrintsEveryPlacementTwice(t *testing.T) {
	var output strings.Builder
	tiny := experiment{width: 8, networks: 2, layers: []int{1, 2}, batch: randomSequences(2)}
	if err := tiny.run(&output); err != nil {
		t.Fatal(err)
	}
	for _, p := range placements {
		if n := strings.Count(output.String(), p.name+" "); n != 2 {
			t.Errorf("%s: got %d lines, want 2, in\n%s", p.name, n, output.String())
		}
	}
}

// The warm-up makes the first steps small. Guessing by the characters' frequencies has the entropy of those frequencies as its loss.
func TestTrainingPrintsEveryNetwork(t *testing.T) {
	var output strings.Builder
	tiny := training{layers: 1, width: 8, length: 8, batch: 2, steps: 4, warmUp: 4, rate: 0.1, networks: 1}
	if err := tiny.run(t.Context(), &output); err != nil {
		t.Fatal(err)
	}
	var losses []string
	for _, line := range strings.Split(output.String(), "\n") {
		if strings.Contains(line, "LN") {
			fields := strings.Fields(strings.TrimPrefix(line, "Post-LN, warm-up"))
			losses = append(losses, fields[len(fields)-3])
		}
	}
	if len(losses) != 3 || losses[1] == losses[2] {
		t.Errorf("got losses %v, want three networks, of which the warm-up makes the third differ, in\n%s", losses, output.String())
	}
	if got, want := entropy([]int{1, 2, 1, 2}), math.Log(2); math.Abs(got-want) > 1e-15 {
		t.Errorf("entropy: got %g, want %g", got, want)
	}
}
