package structure

import "github.com/gradflow/gradflow/graph/op"

// A head is a mixing step that was found. Nodes are positions in the flow, layers nil if they were not found.
type head struct {
	scores, logits          int
	weights, mix            int
	query, key, value, next *layer
}

// noteSoftmax recognises the last step of a softmax, as one operation or written out: exp(x) over its sum.
func (f *finder) noteSoftmax(n int) {
	switch f.specs[n].Kind {
	case op.KindSoftmax:
		f.softmaxOf[n] = f.reads[n][0]
	case op.KindDiv:
		e, sum := f.reads[n][0], f.statistics[f.reads[n][1]]
		if f.specs[e].Kind == op.KindExp && sum.stage == mean && sum.of == e {
			f.softmaxOf[n] = f.reads[e][0]
		}
	}
}

// attention notes a product of two samples one of which is the softmax of a product of two samples, or an operation that does all this.
func (f *finder) attention(n int) bool {
	if f.specs[n].Kind == op.KindAttention {
		f.fusedAttention(n)
		return true
	}
	if !f.mixes(n) {
		return false
	}
	for i, k := range f.reads[n] {
		weights := f.rearranged(k, f.isSoftmax)
		if weights < 0 {
			continue
		}
		scores := f.rearranged(f.softmaxOf[weights], f.mixes)
		if scores < 0 {
			continue
		}
		h := head{scores: scores, logits: f.withMaximum(f.softmaxOf[weights]), weights: weights, mix: n}
		h.query, h.key = f.layerBefore(f.reads[scores][0]), f.layerBefore(f.reads[scores][1])
		h.value = f.layerBefore(f.reads[n][1-i])
		f.attentions = append(f.attentions, h)
	}
	return true
}

// fusedAttention notes the heads of an operation that reads queries, keys and values, or one tensor that holds them all.
func (f *finder) fusedAttention(n int) {
	h := head{scores: n, logits: n, weights: n, mix: n}
	for i, l := range []**layer{&h.query, &h.key, &h.value} {
		if f.specs[n].Packed {
			i = 0
		}
		*l = f.layerBefore(f.reads[n][i])
	}
	for range f.specs[n].Heads {
		f.attentions = append(f.attentions, h)
	}
}

// withMaximum goes back from logits whose maximum was subtracted to those that have it.
func (f *finder) withMaximum(n int) int {
	if f.specs[n].Kind != op.KindSub {
		return n
	}
	for k := f.reads[n][1]; ; k = f.reads[k][0] {
		switch kind := f.specs[k].Kind; {
		case kind == op.KindMax:
			return f.reads[n][0]
		case kind != op.KindReshape && kind != op.KindRepeat:
			return n
		}
	}
}

func (f *finder) isSoftmax(n int) bool { _, ok := f.softmaxOf[n]; return ok }

// mixes reports whether a node is a product of two samples.
func (f *finder) mixes(n int) bool {
	return f.specs[n].Kind.IsProduct() && f.mapOf[n] == nil && len(f.reads[n]) >= 2 &&
		f.origins[f.reads[n][0]] == sample && f.origins[f.reads[n][1]] == sample
}

// rearranged goes back from a node, through operations that scale, mask, move or shift values, to the first node that is wanted;
// -1 if there is none.
func (f *finder) rearranged(n int, wanted func(int) bool) int {
	for !wanted(n) {
		switch kind := f.specs[n].Kind; {
		case kind == op.KindSlice || kind == op.KindRepeat || f.keepsUnits(n):
			n = f.reads[n][0]
		case kind == op.KindAdd || kind == op.KindSub || kind == op.KindMul || kind == op.KindDiv || f.isChoice(n):
			terms := f.reads[n]
			if f.isChoice(n) {
				terms = terms[1:] // after the condition
			}
			x, y := terms[0], terms[1]
			if f.level[y] > f.level[x] || f.origins[x] != sample {
				x = y
			}
			n = x
		default:
			return -1
		}
	}
	return n
}

// isChoice reports whether a node chooses between two tensors, as a mask of scores may.
func (f *finder) isChoice(n int) bool {
	return f.specs[n].Kind == op.KindElementwise && f.specs[n].Name == "where"
}

// layerBefore is the last layer that the data to a node passes; nil if there is none.
func (f *finder) layerBefore(n int) *layer {
	for f.owner[n] == nil {
		next := -1
		for _, k := range f.reads[n] {
			if f.origins[k] == sample && (next < 0 || f.level[k] > f.level[next]) {
				next = k
			}
		}
		if next < 0 {
			return nil
		}
		n = next
	}
	return f.owner[n]
}

// findOutputs finds the layers that read the heads, as they are or concatenated.
func (f *finder) findOutputs() {
	for i := range f.attentions {
		h := &f.attentions[i]
		for n := h.mix; h.next == nil; {
			next := -1
			for _, r := range f.readers[n] {
				if l := f.mapOf[r]; l != nil {
					h.next = l
				} else if kind := f.specs[r].Kind; kind == op.KindConcat || kind == op.KindSlice || f.keepsUnits(r) || kind == op.KindMul {
					next = r
				}
			}
			if next < 0 {
				break
			}
			n = next
		}
	}
}
