package profile

import "github.com/pkg/errors"

// An Attention mixes tokens by the softmax of products of queries and keys.
type Attention struct {
	Path    string `json:"path"`             // as "layers/0/attention"
	Output  int    `json:"output"`           // index in Profile.Layers of the layer that reads the heads; -1 if there is none
	Heads   int    `json:"heads"`            // number of heads that are recorded
	Queries int    `json:"queries"`          // of a sample
	Keys    int    `json:"keys"`             // of a sample
	Causal  bool   `json:"causal,omitempty"` // whether a query sees no later key; false if a mask hides them
}

// An AttentionDetail is one attention in one training step.
type AttentionDetail struct {
	Heads []HeadDetail `json:"heads"` // one for each of Attention.Heads
	// CosineIn and CosineOut tell how alike the tokens of a sample are: the mean cosine between two of them, over all pairs and then over
	// samples. 1 means that all point in one direction: their rank has collapsed (Dong et al. 2021). CosineIn is that of the tokens which the
	// block of the attention reads, and CosineOut that of the sum at its end; without a residual block they are what the map to the queries
	// reads and what the layer after the heads gives. NaN if unknown. Padding does not count.
	CosineIn  Number `json:"cosine_in"`
	CosineOut Number `json:"cosine_out"`
}

// A HeadDetail is one head in one training step. Means are over the queries of all samples; queries that see no key, or are padding, do not
// count.
type HeadDetail struct {
	LargestLogit Number `json:"largest_logit"` // what the softmax reads, with scale and mask; -Inf if no query sees a key
	Entropy      Number `json:"entropy"`       // mean entropy of the probabilities of a query, in nats
	// EvenEntropy is the mean of log n, for a query that sees n keys: the entropy of a head that looks at all of them alike.
	EvenEntropy Number `json:"even_entropy"`
	FirstShare  Number `json:"first_share"` // mean probability of the first key: large in an attention sink (Xiao et al. 2023)
	QueryL2     Number `json:"query_l2"`    // mean L2 norm of a query; NaN if unknown
	KeyL2       Number `json:"key_l2"`      // mean L2 norm of a key; NaN if unknown
}

// Spread is Entropy over EvenEntropy: 1 if the head looks at all keys alike, 0 if each query looks at one key. It is NaN if queries see one
// key at most.
func (h HeadDetail) Spread() float64 { return float64(h.Entropy / h.EvenEntropy) }

// An AttentionMap is a map of each head of an attention in one training step.
type AttentionMap struct {
	Rows    int `json:"rows"`    // parts of the queries, at most 16
	Columns int `json:"columns"` // parts of the keys, at most 16
	// Heads has Rows·Columns numbers for each head: the mean, over the queries of a part and over samples, of the probability that falls on the
	// keys of a part, in thousandths. The rows of a map add up to about 1000.
	Heads [][]int `json:"heads"`
}

// checkAttentions checks the attentions and their records.
func (p Profile) checkAttentions() error {
	for i, a := range p.Attentions {
		if a.Output < -1 || a.Output >= len(p.Layers) {
			return errors.Errorf("attention %d, %q: got output %d, want the index of a layer, or -1", i, a.Path, a.Output)
		}
		if err := checkCount(count{"heads", a.Heads}, count{"queries", a.Queries}, count{"keys", a.Keys}); err != nil {
			return errors.Wrapf(err, "attention %d, %q", i, a.Path)
		}
	}
	for k := range p.Records {
		r := &p.Records[k]
		if d := r.Details; d != nil {
			if err := checkOptional(r, "details.attentions", d.Attentions, len(p.Attentions)); err != nil {
				return err
			}
			for i, detail := range d.Attentions {
				if got, want := len(detail.Heads), p.Attentions[i].Heads; got != want {
					return errors.Errorf("record of step %d, attention %d: got %d heads, want %d", r.Step, i, got, want)
				}
			}
		}
		if h := r.Histograms; h != nil {
			if err := p.checkMaps(r, h); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxMapSide bounds the maps of heads.
const maxMapSide = 16

// checkMaps checks the sizes of the maps of a record, and their numbers.
func (p Profile) checkMaps(r *Record, h *Histograms) error {
	if err := checkOptional(r, "histograms.attentions", h.Attentions, len(p.Attentions)); err != nil {
		return err
	}
	for i, m := range h.Attentions {
		if len(m.Heads) == 0 { // not recorded
			continue
		}
		if got, want := len(m.Heads), p.Attentions[i].Heads; got != want {
			return errors.Errorf("record of step %d, attention %d: got maps of %d heads, want %d", r.Step, i, got, want)
		}
		if m.Rows < 1 || m.Rows > maxMapSide || m.Columns < 1 || m.Columns > maxMapSide {
			return errors.Errorf("record of step %d, attention %d: got maps of %d by %d, want 1 to %d rows and columns", r.Step, i, m.Rows, m.Columns, maxMapSide)
		}
		for _, cells := range m.Heads {
			if len(cells) != m.Rows*m.Columns {
				return errors.Errorf("record of step %d, attention %d: got a map of %d numbers, want %d", r.Step, i, len(cells), m.Rows*m.Columns)
			}
			for _, v := range cells {
				if v < 0 || v > 1000 {
					return errors.Errorf("record of step %d, attention %d: got %d in a map, want thousandths from 0 to 1000", r.Step, i, v)
				}
			}
		}
	}
	return nil
}
