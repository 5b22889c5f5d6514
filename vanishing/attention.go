package vanishing

import (
	"math"
	"path"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// An attention is a watched attention.
type attention struct {
	profile.Attention
	heads   headMeter
	lengths *gorgonia.Node // of its queries; nil without padding
	in, out *tokens        // nil if unknown
}

// A headMeter taps an attention and measures its heads.
type headMeter interface {
	// tap calls done with the heads in each run with details. Maps have the given number of rows and columns at most.
	tap(w *probe, side func() int, done func([]op.AttentionHead))
}

// maxMapHeads is the number of heads up to which the maps have 16 rows and columns. Those of more heads have 8.
const maxMapHeads = 64

// findAttentions lists the attentions whose layers are watched.
func (w *probe) findAttentions() {
	network := w.program.Structure()
	var seen []*gorgonia.Node
	for _, a := range network.Attentions {
		output := -1
		if a.Output >= 0 {
			if output = slices.Index(w.layers, w.program.Layers[a.Output]); output < 0 {
				continue
			}
		} else if len(w.layers) < len(w.program.Layers) {
			continue
		}
		if mix := a.Heads[0].Mix; !slices.Contains(seen, mix) {
			seen = append(seen, mix)
			if found := w.newAttention(network, a); found != nil {
				found.Output = output
				w.attentions = append(w.attentions, found)
			}
		}
	}
}

// newAttention is nil if the heads cannot be measured.
func (w *probe) newAttention(network *structure.Network, a *structure.Attention) *attention {
	found := &attention{Attention: profile.Attention{Path: attentionPath(network, a)}}
	mix := a.Heads[0].Mix
	batch := 0
	if spec := op.SpecOf(mix); spec.Kind == op.KindAttention {
		operands := op.Operands(mix)
		queries, keys := operands[0].Shape(), operands[0].Shape()
		if !spec.Packed {
			keys = operands[1].Shape()
		}
		batch = queries[0]
		found.Heads, found.Queries, found.Keys, found.Causal = max(1, spec.Heads), queries[1], keys[1], spec.Causal
		found.lengths = queryLengths(network, a)
		found.heads = fusedHeads{mix, op.NewAttentionMeter(mix, isSelf(network, a)), found.lengths}
	} else if batch = found.measureWritten(a); batch == 0 {
		return nil
	}
	if b := w.blockAround(a.Output); b != nil {
		found.in, found.out = newTokens(b.Input, batch, found.Queries), newTokens(b.Sum, batch, found.Queries)
		return found
	}
	if q := a.Query[0]; q >= 0 {
		found.in = newTokens(network.Layers[q].Maps[0].Data, batch, found.Queries)
	}
	if a.Output >= 0 {
		found.out = newTokens(network.Layers[a.Output].Pre, batch, found.Queries)
	}
	return found
}

// attentionPath is the folder of the layer that reads the heads, or of the queries.
func attentionPath(network *structure.Network, a *structure.Attention) string {
	for _, layer := range []int{a.Output, a.Query[0]} {
		if layer >= 0 {
			if folder := path.Dir(network.Layers[layer].Path); folder != "." {
				return folder
			}
			return network.Layers[layer].Path
		}
	}
	return "attention"
}

// lengthsOf is the operand of an attention that holds the lengths; nil if there is none.
func lengthsOf(operands gorgonia.Nodes) *gorgonia.Node {
	for _, n := range operands {
		if n.Dims() == 1 {
			return n
		}
	}
	return nil
}

// queryLengths is the node with the lengths of the queries of an attention by one operation; nil without padding. Those of self-attention are
// those of the keys. The tokens of another one are those of the last self-attention on their way.
func queryLengths(network *structure.Network, a *structure.Attention) *gorgonia.Node {
	if isSelf(network, a) {
		return lengthsOf(op.Operands(a.Heads[0].Mix))
	}
	byMix := make(map[*gorgonia.Node]*structure.Attention)
	for _, other := range network.Attentions {
		for _, h := range other.Heads {
			byMix[h.Mix] = other
		}
	}
	next := []*gorgonia.Node{op.Operands(a.Heads[0].Mix)[0]}
	seen := map[*gorgonia.Node]bool{}
	for ; len(next) > 0; next = next[1:] {
		n := next[0]
		if seen[n] {
			continue
		}
		seen[n] = true
		switch other := byMix[n]; {
		case other == nil:
			next = append(next, op.Operands(n)...)
		case op.SpecOf(n).Kind != op.KindAttention: // written out: what is padding is not known
			return nil
		case isSelf(network, other):
			return lengthsOf(op.Operands(n))
		default:
			next = append(next, op.Operands(n)[0])
		}
	}
	return nil
}

// isSelf reports whether queries and keys are computed from the same tokens.
func isSelf(network *structure.Network, a *structure.Attention) bool {
	if op.SpecOf(a.Heads[0].Mix).Packed {
		return true
	}
	q, k := a.Query[0], a.Key[0]
	return q >= 0 && k >= 0 && sourceOf(network.Layers[q].Maps[0].Data) == sourceOf(network.Layers[k].Maps[0].Data)
}

func sourceOf(n *gorgonia.Node) *gorgonia.Node {
	for op.SpecOf(n).Kind == op.KindReshape {
		n = op.Operands(n)[0]
	}
	return n
}

// tapAttentions measures heads and tokens in records with details.
func (w *probe) tapAttentions() {
	heads := 0
	for _, a := range w.attentions {
		heads += a.Heads
	}
	side := op.AttentionMapSide
	if heads > maxMapHeads {
		side /= 2
	}
	for i, a := range w.attentions {
		sideNow := func() int {
			if w.record == nil || w.record.Histograms == nil {
				return 0
			}
			return side
		}
		a.heads.tap(w, sideNow, func(heads []op.AttentionHead) { a.note(w.record, i, heads) })
		w.tapTokens(a.in, a.lengths, func(r *profile.Record, cosine float64) { r.Details.Attentions[i].CosineIn = number(cosine) })
		w.tapTokens(a.out, a.lengths, func(r *profile.Record, cosine float64) { r.Details.Attentions[i].CosineOut = number(cosine) })
	}
}

// note writes the heads into an open record.
func (a *attention) note(r *profile.Record, i int, heads []op.AttentionHead) {
	detail := &r.Details.Attentions[i]
	for k, h := range heads {
		detail.Heads[k] = profile.HeadDetail{
			LargestLogit: number(h.Top), Entropy: number(h.Entropy), EvenEntropy: number(h.Even), FirstShare: number(h.First),
			QueryL2: number(h.QueryL2), KeyL2: number(h.KeyL2),
		}
	}
	if r.Histograms == nil || len(heads) == 0 {
		return
	}
	m := &r.Histograms.Attentions[i]
	*m = profile.AttentionMap{Rows: heads[0].Rows, Columns: heads[0].Cols}
	for _, h := range heads {
		m.Heads = append(m.Heads, thousandths(h.Map))
	}
}

// thousandths rounds shares; those of NaN are 0.
func thousandths(shares []float64) []int {
	list := make([]int, len(shares))
	for i, v := range shares {
		if v == v {
			list[i] = int(math.Round(1000 * min(max(v, 0), 1)))
		}
	}
	return list
}

// openAttentions adds details of attentions to a record, in which nothing is known yet.
func (w *probe) openAttentions(r *profile.Record) {
	if r.Details == nil || len(w.attentions) == 0 {
		return
	}
	nan := number(math.NaN())
	for _, a := range w.attentions {
		d := profile.AttentionDetail{Heads: make([]profile.HeadDetail, a.Heads), CosineIn: nan, CosineOut: nan}
		for i := range d.Heads {
			d.Heads[i] = profile.HeadDetail{LargestLogit: nan, Entropy: nan, EvenEntropy: nan, FirstShare: nan, QueryL2: nan, KeyL2: nan}
		}
		r.Details.Attentions = append(r.Details.Attentions, d)
	}
	if r.Histograms != nil {
		r.Histograms.Attentions = make([]profile.AttentionMap, len(w.attentions))
	}
}

// fusedHeads measures the heads of one operation.
type fusedHeads struct {
	node    *gorgonia.Node
	meter   *op.AttentionMeter
	lengths *gorgonia.Node // of the queries; nil without padding
}

func (f fusedHeads) tap(w *probe, side func() int, done func([]op.AttentionHead)) {
	w.details.TapInputs(f.node, func(_ gorgonia.Value, inputs []gorgonia.Value) {
		if w.record == nil {
			return
		}
		defer w.clock.stop(w.clock.start())
		if heads, err := f.meter.Measure(inputs, w.lengthsIn(f.lengths), side()); err == nil { // otherwise the operation itself returns an error
			done(heads)
		}
	})
}
