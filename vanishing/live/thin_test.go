package live

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Of a long run the first and the last record stay, and the one in which the loss broke, which the verdict needs.
func TestThinKeepsWhereARunBroke(t *testing.T) {
	p := madeup.Network{Name: "long", Layers: 4, Steps: 1000, Factor: 0.9, Activation: "tanh"}.Profile()
	p.Records[617].Loss = profile.Number(math.Inf(1))
	kept := make(map[int]bool)
	for _, r := range thin(p, 100).Records {
		kept[r.Step] = true
	}
	if len(kept) != 101 || !kept[0] || !kept[9990] || !kept[6170] {
		t.Errorf("%d records, the first: %v, the last: %v, the broken one: %v", len(kept), kept[0], kept[9990], kept[6170])
	}
	if n := len(thin(p, 1000).Records); n != 1000 || len(p.Records) != 1000 {
		t.Errorf("%d of %d records", n, len(p.Records))
	}
}
