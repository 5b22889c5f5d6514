package vanishing_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/transformer"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// tokensOf draws tokens below a number.
func tokensOf(vocabulary int, shape ...int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(1, 2))
	values := make([]int, tensor.Shape(shape).TotalSize())
	for i := range values {
		values[i] = rng.IntN(vocabulary)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

// observeNamed builds a model and observes a step of it.
func observeNamed(t *testing.T, c graph.Config, values map[string]*tensor.Dense) profile.Profile {
	t.Helper()
	p, err := graph.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	seen, err := vanishing.ObserveNamed("attention", p, values)
	if err != nil {
		t.Fatal(err)
	}
	if err := seen.Validate(); err != nil {
		t.Fatal(err)
	}
	return seen
}

// observeLanguageModel observes two layers of four heads, on three samples of 32 tokens.
func observeLanguageModel(t *testing.T, dtype tensor.Dtype) profile.Profile {
	t.Helper()
	const batch, time = 3, 32
	return observeNamed(t, graph.Config{
		Model:  transformer.GPT{Vocabulary: 20, Context: time, Width: 32, Config: attention.Config{Layers: 2, Heads: 4, Activation: graph.GELU}},
		Params: graph.NewParams(dtype, 1), Loss: graph.CrossEntropy{},
		Inputs: []graph.Input{{Name: "tokens", Shape: tensor.Shape{batch, time}, Dtype: tensor.Int}},
	}, map[string]*tensor.Dense{"tokens": tokensOf(20, batch, time), "target": tokensOf(20, batch, time)})
}

// All attentions of a language model are recorded, in both types: heads that look at all tokens alike at first, whose maps have rows that add
// up to 1 and nothing above the diagonal, tokens that are hardly alike, and blocks that write a share of the stream.
func TestAttentionsOfALanguageModel(t *testing.T) {
	const time, layers, heads = 32, 2, 4
	for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		seen := observeLanguageModel(t, dtype)
		if len(seen.Attentions) != layers {
			t.Fatalf("got attentions %+v, want %d", seen.Attentions, layers)
		}
		even := 0.0
		for i := range time {
			even += math.Log(float64(i+1)) / time
		}
		r := seen.Records[0]
		for i, a := range seen.Attentions {
			if a.Heads != heads || a.Queries != time || a.Keys != time || !a.Causal || seen.Layers[a.Output].Units != 32 {
				t.Errorf("got attention %+v", a)
			}
			d, m := r.Details.Attentions[i], r.Histograms.Attentions[i]
			if !(d.CosineIn > -0.2 && d.CosineIn < 0.3 && d.CosineOut > -0.2 && d.CosineOut < 0.5) {
				t.Errorf("got cosines %g and %g of random tokens", d.CosineIn, d.CosineOut)
			}
			for h, head := range d.Heads {
				if math.Abs(float64(head.EvenEntropy)-even) > 1e-6 || !(head.Spread() > 0.99 && head.Spread() <= 1.000001) || !(head.LargestLogit > 0 && head.LargestLogit < 1) {
					t.Errorf("got head %+v, want one that looks at all alike, with an entropy of %g", head, even)
				}
				if !(head.QueryL2 > 0 && head.KeyL2 > 0 && head.FirstShare > 0.1 && head.FirstShare < 0.15) { // the mean of 1/n for n up to 32 is 0.127
					t.Errorf("got head %+v", head)
				}
				expectMap(t, m, h)
			}
		}
		for i, w := range r.Details.Writes {
			if !(w > 0.01 && w < 0.9) {
				t.Errorf("block %s writes %g of the stream", seen.Blocks[i].Path, w)
			}
		}
		if len(r.Details.Writes) != 2*layers {
			t.Errorf("got the shares of %d blocks, want %d", len(r.Details.Writes), 2*layers)
		}
	}
}

// expectMap checks a causal map of 16 by 16.
func expectMap(t *testing.T, m profile.AttentionMap, head int) {
	t.Helper()
	if m.Rows != 16 || m.Columns != 16 {
		t.Fatalf("got maps of %d by %d, want 16 by 16", m.Rows, m.Columns)
	}
	for r := range m.Rows {
		sum := 0
		for c, v := range m.Heads[head][16*r:][:16] {
			if sum += v; c > r && v != 0 {
				t.Errorf("head %d: got %d thousandths at row %d, column %d, above the diagonal", head, v, r, c)
			}
		}
		if sum < 1000-8 || sum > 1000+8 { // 16 numbers, each rounded by a half
			t.Errorf("head %d: row %d adds up to %d, want 1000", head, r, sum)
		}
	}
}

// Padding counts for nothing: a padded sequence is recorded as it is alone, but for rounding.
func TestAttentionOfPaddedSequences(t *testing.T) {
	observe := func(time int, tokens []int, lengths ...int) profile.Profile {
		c := graph.Config{
			Model:  transformer.Classifier{Vocabulary: 9, Classes: 3, Context: 8, Width: 16, Config: attention.Config{Layers: 1, Heads: 2, Lengths: "lengths", Placement: attention.PostLN}},
			Params: graph.NewParams(tensor.Float64, 1), Loss: graph.CrossEntropy{},
			Inputs: []graph.Input{{Name: "tokens", Shape: tensor.Shape{1, time}, Dtype: tensor.Int}, {Name: "lengths", Shape: tensor.Shape{1}, Dtype: tensor.Int}},
		}
		return observeNamed(t, c, map[string]*tensor.Dense{
			"tokens": tensor.New(tensor.WithShape(1, time), tensor.WithBacking(tokens)), "lengths": tensor.New(tensor.WithShape(1), tensor.WithBacking(lengths)),
			"target": tensor.New(tensor.WithShape(1), tensor.WithBacking([]int{1})),
		})
	}
	alone := observe(5, []int{3, 1, 4, 1, 5}, 5).Records[0].Details.Attentions[0]
	padded := observe(8, []int{3, 1, 4, 1, 5, 8, 8, 8}, 5).Records[0].Details.Attentions[0]
	near := func(name string, got, want profile.Number) {
		if !(math.Abs(float64(got-want)) <= 1e-12*(1+math.Abs(float64(want)))) {
			t.Errorf("%s: got %g with padding, want %g", name, got, want)
		}
	}
	near("cosine before", padded.CosineIn, alone.CosineIn)
	near("cosine after", padded.CosineOut, alone.CosineOut)
	for i := range alone.Heads {
		for _, q := range profile.HeadQuantities {
			near(q.Name, q.Of(&padded.Heads[i]), q.Of(&alone.Heads[i]))
		}
	}
}

// writtenAttention is the self-attention of two heads, by one operation or written out, with a constant mask.
type writtenAttention struct{ fused bool }

func (m writtenAttention) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	const heads = 2
	s := x.Shape()
	batch, time, width := s[0], s[1], s[2]
	rows := b.Check(gorgonia.Reshape(x, tensor.Shape{batch * time, width}))
	part := func(name string) *gorgonia.Node {
		return graph.Dense{Units: width}.Apply(b.ScopeAs(name), rows)
	}
	q, k, v := part("q"), part("k"), part("v")
	mask := make([]float64, time*time)
	for i := range time {
		for j := i + 1; j < time; j++ {
			mask[i*time+j] = math.Inf(-1)
		}
	}
	var mixed *gorgonia.Node
	if m.fused {
		whole := func(n *gorgonia.Node) *gorgonia.Node { return b.Check(gorgonia.Reshape(n, s.Clone())) }
		mixed = b.Check(op.Attention(whole(q), whole(k), whole(v), op.AttentionConfig{Heads: heads, Mask: b.ConstantOf(mask, time, time)}))
	} else {
		split := func(n *gorgonia.Node) *gorgonia.Node {
			n = b.Check(gorgonia.Reshape(n, tensor.Shape{batch, time, heads, width / heads}))
			return b.Check(gorgonia.Transpose(n, 0, 2, 1, 3))
		}
		scores := b.Check(op.Scale(b.Check(op.BatchedMatMul(split(q), split(k), false, true)), 1/math.Sqrt(float64(width/heads))))
		scores = b.Check(op.BroadcastAdd(scores, b.ConstantOf(mask, 1, 1, time, time)))
		mixed = b.Check(op.BatchedMatMul(b.Check(op.Softmax(scores)), split(v), false, false))
		mixed = b.Check(gorgonia.Transpose(mixed, 0, 2, 1, 3))
	}
	mixed = b.Check(gorgonia.Reshape(mixed, tensor.Shape{batch * time, width}))
	out := b.Check(gorgonia.Add(rows, graph.Dense{Units: width}.Apply(b.ScopeAs("o"), mixed)))
	return graph.Dense{Units: 3}.Apply(b.ScopeAs("head"), b.Check(op.ReduceMean(b.Check(gorgonia.Reshape(out, s.Clone())), []int{1}, false)))
}

// Attention that is written out, with any operations, is found in the graph and gives the numbers of the operation.
func TestWrittenAttentionIsRecorded(t *testing.T) {
	observe := func(m graph.Model) profile.Profile {
		x, err := tensors.Randn(tensor.Float64, rand.New(rand.NewPCG(1, 2)), 3, 7, 8)
		if err != nil {
			t.Fatal(err)
		}
		p, err := graph.Build(graph.Config{Model: m, Params: graph.NewParams(tensor.Float64, 1), Input: x.Shape(), Loss: graph.CrossEntropy{}})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		y, err := tensors.Labels([]int{0, 1, 2})
		if err != nil {
			t.Fatal(err)
		}
		seen, err := vanishing.Observe("", p, x, y)
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	fused, written := observe(writtenAttention{fused: true}), observe(writtenAttention{})
	if len(fused.Attentions) != 1 || len(written.Attentions) != 1 || written.Attentions[0].Heads != 2 {
		t.Fatalf("got attentions %+v and %+v, want one of two heads in each", fused.Attentions, written.Attentions)
	}
	want, got := fused.Records[0], written.Records[0]
	for i, head := range want.Details.Attentions[0].Heads {
		for _, q := range profile.HeadQuantities {
			w, g := float64(q.Of(&head)), float64(q.Of(&got.Details.Attentions[0].Heads[i]))
			if !(math.Abs(g-w) <= 1e-12*(1+math.Abs(w))) {
				t.Errorf("%s of head %d: got %g written out, want %g", q.Name, i, g, w)
			}
		}
		for c, w := range want.Histograms.Attentions[0].Heads[i] {
			if g := got.Histograms.Attentions[0].Heads[i][c]; g < w-1 || g > w+1 {
				t.Errorf("head %d, cell %d: got %d written out, want %d", i, c, g, w)
			}
		}
	}
	for i, w := range []profile.Number{want.Details.Attentions[0].CosineIn, want.Details.Attentions[0].CosineOut} {
		g := []profile.Number{got.Details.Attentions[0].CosineIn, got.Details.Attentions[0].CosineOut}[i]
		if !(math.Abs(float64(g-w)) <= 1e-12) {
			t.Errorf("cosine %d: got %g written out, want %g", i, g, w)
		}
	}
}

// In cross attention the lengths of the memory are those of the keys, and the queries have their own: padding of either counts for nothing.
func TestCrossAttentionOfPaddedSequences(t *testing.T) {
	const width = 16
	observe := func(queries, keys int, lengths, memoryLengths []int) profile.Profile {
		batch := len(lengths)
		model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			decoder := attention.Decoder{Config: attention.Config{Layers: 2, Heads: 2, Lengths: "lengths"}, MemoryLengths: "memory lengths"}
			y := decoder.Apply(b.ScopeAs("decoder"), x, b.Input("memory"))
			return graph.Dense{Units: 3}.Apply(b.ScopeAs("head"), b.Check(op.ReduceMean(b.Check(gorgonia.Slice(y, nil, gorgonia.S(0, 2))), []int{1}, false)))
		})
		fill := func(time, features int, seed uint64) *tensor.Dense { // position by position, so that more of them are padding
			rng := rand.New(rand.NewPCG(seed, 2))
			x := make([]float64, batch*time*features)
			for at := range time {
				for sample := range batch {
					for j := range features {
						x[(sample*time+at)*features+j] = rng.NormFloat64()
					}
				}
			}
			return tensor.New(tensor.WithShape(batch, time, features), tensor.WithBacking(x))
		}
		labels := make([]int, batch)
		vector := func(values []int) *tensor.Dense {
			return tensor.New(tensor.WithShape(batch), tensor.WithBacking(values))
		}
		return observeNamed(t, graph.Config{
			Model: model, Params: graph.NewParams(tensor.Float64, 1), Loss: graph.CrossEntropy{},
			Inputs: []graph.Input{
				{Name: "x", Shape: tensor.Shape{batch, queries, width}}, {Name: "memory", Shape: tensor.Shape{batch, keys, width}},
				{Name: "lengths", Shape: tensor.Shape{batch}, Dtype: tensor.Int}, {Name: "memory lengths", Shape: tensor.Shape{batch}, Dtype: tensor.Int},
			},
		}, map[string]*tensor.Dense{
			"x": fill(queries, width, 1), "memory": fill(keys, width, 3), "lengths": vector(lengths), "memory lengths": vector(memoryLengths), "target": vector(labels),
		})
	}
	alone := observe(4, 8, []int{4, 4}, []int{8, 8}).Records[0].Details.Attentions
	padded := observe(6, 10, []int{4, 4}, []int{8, 8}).Records[0].Details.Attentions
	if len(alone) != 4 || len(padded) != 4 {
		t.Fatalf("got %d and %d attentions, want 4", len(alone), len(padded))
	}
	for i := range alone {
		near := func(name string, got, want profile.Number) {
			if !(math.Abs(float64(got-want)) <= 1e-12*(1+math.Abs(float64(want)))) {
				t.Errorf("attention %d: %s: got %g with padding, want %g", i, name, got, want)
			}
		}
		near("cosine before", padded[i].CosineIn, alone[i].CosineIn)
		near("cosine after", padded[i].CosineOut, alone[i].CosineOut)
		for k := range alone[i].Heads {
			for _, q := range profile.HeadQuantities {
				near(q.Name, q.Of(&padded[i].Heads[k]), q.Of(&alone[i].Heads[k]))
			}
		}
	}
}
