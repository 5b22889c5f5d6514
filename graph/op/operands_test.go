package op_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// The search for nodes leaves its arguments alone.
func TestReachableLeavesItsArgumentsAlone(t *testing.T) {
	in := inputs(randn(1, 2), randn(2, 2))
	from := gorgonia.Nodes{must(t)(op.Add(in[0], in[1])), must(t)(op.Scale(in[0], 2))}
	before := slices.Clone(from)
	if seen := op.Reachable(from...); len(seen) != 4 {
		t.Errorf("found %d nodes, want 4", len(seen))
	}
	if !slices.Equal(from, before) {
		t.Errorf("the arguments became %v, want %v", from, before)
	}
}
