package theory

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/gradflow/gradflow/graph"
)

func sum(list []float64) float64 {
	s := 0.0
	for _, v := range list {
		s += v
	}
	return s
}

// Blocks with equal shares have a binomial distribution: with 1/2 for He's weights, 1/5 for LeCun's.
func TestPathsOfEqualBlocks(t *testing.T) {
	for variance, share := range map[float64]float64{2: 0.5, 1: 0.2} {
		l := layer(variance)
		l.PreActivation = graph.ReLU
		counts := PathCounts(predict(t, residual(12, 1, l, l)).Blocks)
		near(t, "sum", sum(counts), 1, 1e-12)
		near(t, "mean", MeanPath(counts), 12*share, 1e-12)
		for k, v := range counts {
			near(t, fmt.Sprint(k, " branches"), v, distuv.Binomial{N: 12, P: share}.Prob(float64(k)), 1e-12)
		}
	}
}

// Veit et al. 2016: of the 2^54 paths of a network of 54 blocks more than 95 % have 19 to 35 branches, and 0.45 % have the 5
// to 17 that carry the gradient.
func TestPathsOfVeit(t *testing.T) {
	even := make([]BlockPrediction, 54)
	for i := range even {
		even[i] = BlockPrediction{Skip: 0.5, Branch: 0.5}
	}
	counts := PathCounts(even)
	asPrinted(t, "19 to 35", sum(counts[19:36]), "0.980166")
	asPrinted(t, "5 to 17", sum(counts[5:18]), "0.00453667")

	// Three stages of 18 batch normalised pre-activation blocks, each beginning as narrow as the first.
	l := Layer{In: width, Out: width, WeightVar: 2.0 / width, PreNorm: BatchNorm, PreActivation: graph.ReLU}
	stage := predict(t, residual(18, 1, l, l)).Blocks
	counts = PathCounts(append(append(append([]BlockPrediction{}, stage...), stage...), stage...))
	mean := MeanPath(counts)
	asPrinted(t, "mean", mean, "12.32")
	square := 0.0
	for k, v := range counts {
		square += float64(k*k) * v
	}
	asPrinted(t, "sd", math.Sqrt(square-mean*mean), "2.93")
	asPrinted(t, "5 to 17 of three stages", sum(counts[5:18]), "0.956")
	asPrinted(t, "one stage", MeanPath(PathCounts(predict(t, residual(54, 1, l, l)).Blocks)), "6.25")
}

func TestShatteringAsTabulated(t *testing.T) {
	for _, c := range []struct {
		cosine float64
		depth  int
		want   string
	}{
		{0, 1, "0.5"}, {0, 2, "0.3015576"}, {0, 5, "0.1045588"}, {0, 10, "0.03365215"}, {0, 20, "0.008235344"},
		{0, 50, "9.120242e-4"}, {0, 100, "1.441217e-4"}, {0.5, 10, "0.08007715"}, {0.5, 50, "2.784920e-3"},
		{0.9, 10, "0.2838700"}, {0.9, 50, "0.02258916"},
	} {
		asPrinted(t, fmt.Sprint("plain, ", c), ReLUShattering(c.cosine, c.depth), c.want)
	}
	asPrinted(t, "He, 10", ResidualShattering(1, 0, 10), "0.06226208")
	asPrinted(t, "He, 50", ResidualShattering(1, 0, 50), "1.590404e-3")
	asPrinted(t, "LeCun, 10", ResidualShattering(0.25, 0, 10), "0.2826087")
	asPrinted(t, "LeCun, 50", ResidualShattering(0.25, 0, 50), "0.01946539")
}
