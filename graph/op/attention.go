package op

import (
	"fmt"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/attention"
)

// An AttentionConfig says how [Attention] is computed. Its zero value is one head that sees everything.
type AttentionConfig struct {
	Heads int // 0 means 1
	// Causal hides the keys after a query: query i sees the keys j <= i + Tk - Tq, so the last query sees all.
	Causal bool
	Scale  float64 // of the logits; 0 means 1/sqrt(width of a head)
	// Lengths is the number of keys of each sample, a vector (batch) of tensor.Int: keys from there on are padding, which no query
	// sees and which gets no gradient. Nil means Tk for all.
	Lengths *gorgonia.Node
	// Mask is added to the logits before the softmax; -Inf hides a key. It is (Tq, Tk) for all heads, or (batch, heads, Tq, Tk). It is a
	// constant: there is no gradient with respect to it. Nil means none.
	Mask *gorgonia.Node
}

// Attention is scaled dot-product attention (Vaswani et al. 2017, sec. 3.2): queries q (batch, Tq, heads·d), keys k
// (batch, Tk, heads·d) and values v (batch, Tk, heads·e) give (batch, Tq, heads·e). For each sample and head,
//
//	y_i = Σ_j p_ij·v_j        p_ij = exp(s_ij) / Σ_j exp(s_ij)        s_ij = scale·<q_i, k_j> + mask_ij
//
// over the keys j that query i sees. A query that sees none gives zeros, and so do the gradients of it.
//
// No (Tq, Tk) matrix is stored: memory is linear in the lengths. Results do not depend on the number of cores, and a sample that is
// padded with Lengths gives what it gives alone. A length outside [0, Tk] is an error when it is computed.
//
// Its gradient, with dp_ij = <dy_i, v_j> and ds_ij = p_ij·(dp_ij - <dy_i, y_i>): dq_i = scale·Σ_j ds_ij·k_j,
// dk_j = scale·Σ_i ds_ij·q_i, dv_j = Σ_i p_ij·dy_i.
func Attention(q, k, v *gorgonia.Node, c AttentionConfig) (*gorgonia.Node, error) {
	return c.draw(false, q, k, v)
}

// SelfAttention is [Attention] of queries, keys and values that are the three thirds of the features of one tensor, qkv
// (batch, T, 3·heads·d), as one linear map makes them (PyTorch's in_proj_weight). It gives (batch, T, heads·d). One gradient of the same
// shape as qkv takes the place of three, so it is faster than three maps.
func SelfAttention(qkv *gorgonia.Node, c AttentionConfig) (*gorgonia.Node, error) {
	return c.draw(true, qkv)
}

// An attend is a kind of attention: what decides over its kernels.
type attend struct {
	heads   int
	causal  bool
	scale   float64 // 0: the default
	packed  bool    // whether q, k and v are one input
	lengths bool    // whether there is such an input
	mask    int     // dimensions of the mask; 0: there is none
}

// kind checks the configuration.
func (c AttentionConfig) kind(packed bool) (attend, error) {
	a := attend{heads: max(1, c.Heads), causal: c.Causal, scale: c.Scale, packed: packed, lengths: c.Lengths != nil, mask: dimsOf(c.Mask)}
	switch {
	case c.Heads < 0:
		return a, errors.Errorf("attention: got %d heads, want at least 1", c.Heads)
	case !(c.Scale >= 0):
		return a, errors.Errorf("attention: got scale %v, want a positive number, or 0 for 1/sqrt(width of a head)", c.Scale)
	case c.Mask != nil && a.mask != 2 && a.mask != 4:
		return a, errors.Errorf("attention: mask: got shape %v, want (Tq, Tk) or (batch, heads, Tq, Tk)", c.Mask.Shape())
	}
	return a, nil
}

// inputs are the nodes that an attention reads.
func (c AttentionConfig) inputs(operands ...*gorgonia.Node) gorgonia.Nodes {
	for _, n := range []*gorgonia.Node{c.Lengths, c.Mask} {
		if n != nil {
			operands = append(operands, n)
		}
	}
	return operands
}

func (c AttentionConfig) draw(packed bool, operands ...*gorgonia.Node) (*gorgonia.Node, error) {
	a, err := c.kind(packed)
	if err != nil {
		return nil, err
	}
	o := &Op{
		name:  fmt.Sprintf("attention(%v)", a),
		spec:  Spec{Kind: KindAttention, Heads: a.heads, Packed: packed, Causal: a.causal, Factor: a.scale},
		types: append(a.types(), tensorOf(3)),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			s, err := a.sizes(in)
			return resultOf(s), err
		},
		kernel: kernels{attentionForward[float32](a), attentionForward[float64](a)},
		work:   func(in []tensor.Shape) int { return a.products(in, 2) },
		wrt:    a.wrt(),
		grad: func(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			return a.gradients(in, y, dy)
		},
	}
	return o.apply(c.inputs(operands...)...)
}

// name is the name of the operation.
func (a attend) name() string { return fmt.Sprintf("attention(%v)", a) }

// String lists the attributes.
func (a attend) String() string {
	text := fmt.Sprintf("heads=%d", a.heads)
	if a.packed {
		text += ", packed"
	}
	if a.causal {
		text += ", causal"
	}
	if a.scale != 0 {
		text += fmt.Sprintf(", scale=%v", a.scale)
	}
	if a.lengths {
		text += ", lengths"
	}
	if a.mask > 0 {
		text += fmt.Sprintf(", mask=%d", a.mask)
	}
	return text
}

// operands is the number of inputs that hold queries, keys and values.
func (a attend) operands() int {
	if a.packed {
		return 1
	}
	return 3
}

// types are those of the inputs.
func (a attend) types() (types []hm.Type) {
	for range a.operands() {
		types = append(types, tensorOf(3))
	}
	if a.lengths {
		types = append(types, labelsOf(1))
	}
	if a.mask > 0 {
		types = append(types, tensorOf(a.mask))
	}
	return types
}

// wrt tells that only queries, keys and values have gradients.
func (a attend) wrt() []bool {
	wrt := make([]bool, len(a.types()))
	for i := range a.operands() {
		wrt[i] = true
	}
	return wrt
}

// sizes checks the shapes of the inputs.
func (a attend) sizes(in []tensor.Shape) (s attention.Shape, err error) {
	s = attention.Shape{Batch: in[0][0], Heads: a.heads, Queries: in[0][1], Keys: in[0][1], Causal: a.causal, MaskPerHead: a.mask == 4}
	features, values := in[0][2], 0
	if a.packed {
		if features%3 != 0 {
			return s, errors.Errorf("qkv: got %d features, want a multiple of 3", features)
		}
		features /= 3
		values = features
	} else {
		k, v := in[1], in[2]
		s.Keys, values = k[1], v[2]
		switch {
		case k[0] != s.Batch || k[2] != features:
			return s, errors.Errorf("keys: got shape %v, want (%d, Tk, %d) for queries %v", k, s.Batch, features, in[0])
		case v[0] != s.Batch || v[1] != s.Keys:
			return s, errors.Errorf("values: got shape %v, want (%d, %d, features) for keys %v", v, s.Batch, s.Keys, k)
		}
	}
	if features%a.heads != 0 || values%a.heads != 0 {
		return s, errors.Errorf("got %d features of queries and %d of values, want multiples of %d heads", features, values, a.heads)
	}
	s.Width, s.ValueWidth = features/a.heads, values/a.heads
	s.Scale = a.scaleOf(s.Width)
	return s, a.checkMasks(s, in[a.operands():])
}

// checkMasks checks the shapes of the lengths and of the mask.
func (a attend) checkMasks(s attention.Shape, in []tensor.Shape) error {
	if a.lengths {
		if in[0][0] != s.Batch {
			return errors.Errorf("lengths: got %d, want %d, one for each sample", in[0][0], s.Batch)
		}
		in = in[1:]
	}
	switch {
	case a.mask == 2 && (in[0][0] != s.Queries || in[0][1] != s.Keys):
		return errors.Errorf("mask: got shape %v, want (%d, %d)", in[0], s.Queries, s.Keys)
	case a.mask == 4 && !slices.Equal(in[0], tensor.Shape{s.Batch, s.Heads, s.Queries, s.Keys}):
		return errors.Errorf("mask: got shape %v, want (%d, %d, %d, %d)", in[0], s.Batch, s.Heads, s.Queries, s.Keys)
	}
	return nil
}

// resultOf is the shape of the result.
func resultOf(s attention.Shape) tensor.Shape {
	return tensor.Shape{s.Batch, s.Queries, s.Heads * s.ValueWidth}
}

// products is the work of n products of queries and keys.
func (a attend) products(in []tensor.Shape, n int) int {
	s, err := a.sizes(in)
	if err != nil {
		return 0
	}
	return n * s.Batch * s.Heads * s.Queries * s.Keys * s.Width
}
