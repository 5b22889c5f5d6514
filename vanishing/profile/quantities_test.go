package profile

import "testing"

// A record has only the quantities of its tiers.
func TestQuantitiesOfTiers(t *testing.T) {
	p := whole()
	full, norms := p.Records[0], p.Records[0]
	norms.Details, norms.Histograms, norms.Signal = nil, nil, nil
	for name, c := range map[string]struct {
		quantities  []Quantity
		r           *Record
		index, want int
	}{
		"layer": {LayerQuantities, &full, 1, 15}, "layer without gains": {LayerQuantities, &full, 0, 10}, "norms of a layer": {LayerQuantities, &norms, 1, 2},
		"parameter": {ParamQuantities, &full, 0, 16}, "norms of a parameter": {ParamQuantities, &norms, 0, 2},
		"block": {BlockQuantities, &full, 0, 7}, "block without parts": {BlockQuantities, &full, 1, 3}, "norms of a block": {BlockQuantities, &norms, 0, 0},
	} {
		n := 0
		for _, q := range c.quantities {
			if _, known := q.Of(c.r, c.index); known {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s: %d quantities, want %d", name, n, c.want)
		}
	}
}
