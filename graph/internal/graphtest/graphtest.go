// Package graphtest holds helpers that tests of several packages under graph share.
package graphtest

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// Build draws a model or fails the test.
func Build(t testing.TB, c graph.Config) *graph.Program {
	t.Helper()
	p, err := graph.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Run runs a program or fails the test.
func Run(t testing.TB, p *graph.Program, x, y *tensor.Dense) {
	t.Helper()
	if err := p.Run(x, y); err != nil {
		t.Fatal(err)
	}
}

// Randn draws a seeded normal tensor.
func Randn(t testing.TB, dt tensor.Dtype, seed uint64, shape ...int) *tensor.Dense {
	t.Helper()
	x, err := tensors.Randn(dt, rand.New(rand.NewPCG(seed, 0)), shape...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Classes draws seeded labels.
func Classes(t testing.TB, n, k int, seed uint64) *tensor.Dense {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	labels := make([]int, n)
	for i := range labels {
		labels[i] = rng.IntN(k)
	}
	y, err := tensors.Labels(labels)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// Seeded is a source of random numbers.
func Seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// AllOnes is a source whose uniform numbers are the largest there are.
type AllOnes struct{}

func (AllOnes) Uint64() uint64 { return math.MaxUint64 }

// WantMoments fails unless the sample mean and variance lie within 5 standard
// deviations of those of a distribution with this mean, variance and kurtosis
// (3 for the normal, 9/5 for the uniform distribution). The variance of the
// sample variance is (kurtosis-1) variance^2 / n, up to terms in 1/n^2.
func WantMoments(t testing.TB, x []float64, mean, variance, kurtosis float64) {
	t.Helper()
	n := float64(len(x))
	sum, squares := 0.0, 0.0
	for _, v := range x {
		sum += v - mean
		squares += (v - mean) * (v - mean)
	}
	if off := sum / n; math.Abs(off) > 5*math.Sqrt(variance/n) {
		t.Errorf("mean differs by %v, more than 5 sigma = %v", off, 5*math.Sqrt(variance/n))
	}
	if off := squares/n - variance; math.Abs(off) > 5*variance*math.Sqrt((kurtosis-1)/n) {
		t.Errorf("variance is %v, want %v within %v", squares/n, variance, 5*variance*math.Sqrt((kurtosis-1)/n))
	}
}

// WantError fails unless err mentions each of the words.
func WantError(t testing.TB, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// Scalar reads a scalar node.
func Scalar(n *gorgonia.Node) float64 { return n.Value().Data().(float64) }

// Floats reads any float value as float64.
func Floats(v gorgonia.Value) []float64 {
	switch data := v.Data().(type) {
	case float32:
		return []float64{float64(data)}
	case float64:
		return []float64{data}
	case []float64:
		return data
	case []float32:
		wide := make([]float64, len(data))
		for i, x := range data {
			wide[i] = float64(x)
		}
		return wide
	}
	return nil
}
