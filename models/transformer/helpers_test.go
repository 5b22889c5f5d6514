package transformer_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

func build(t *testing.T, c graph.Config) *graph.Program {
	t.Helper()
	p, err := graph.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// ints is a tensor of these numbers.
func ints(values []int, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

// images draws normal images.
func images(t *testing.T, shape ...int) *tensor.Dense {
	t.Helper()
	x, err := tensors.Randn(tensor.Float32, rand.New(rand.NewPCG(1, 0)), shape...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func wantError(t *testing.T, err error, words ...string) {
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
