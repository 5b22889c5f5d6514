package attention_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
)

// A padded batch gives the same numbers as its sequences alone, whatever the padding holds.
func TestPaddedBatchEqualsItsSequences(t *testing.T) {
	const time, width = 5, 4
	lengths := []int{3, 5, 1}
	for name, c := range stacks() {
		t.Run(name, func(t *testing.T) {
			c.Lengths = "lengths"
			params := graph.NewParams(tensor.Float64, 1)
			encode := func(x *tensor.Dense, lengths ...int) []float64 {
				return evaluate(t, attention.Encoder{Config: c}, params, x, lengths)
			}
			x := graphtest.Randn(t, tensor.Float64, 4, len(lengths), time, width)
			padded := encode(x, lengths...)
			for i, n := range lengths {
				from := i * time * width
				alone := tensor.New(tensor.WithShape(1, n, width), tensor.WithBacking(slices.Clone(x.Float64s()[from:from+n*width])))
				// Sums of products whose order depends on the size of the batch.
				for j, want := range encode(alone, n) {
					if got := padded[from+j]; math.Abs(got-want) > 1e-13 {
						t.Fatalf("sequence %d, element %d: %g in the batch, %g alone", i, j, got, want)
					}
				}
			}
			for at := 3 * width; at < time*width; at++ { // padding of the first sequence
				x.Float64s()[at] = 1e3
			}
			if other := encode(x, lengths...); !slices.Equal(other[:3*width], padded[:3*width]) {
				t.Errorf("what the padding holds changes the output:\n%v\n%v", other[:3*width], padded[:3*width])
			}
		})
	}
}

// evaluate computes the output of a layer on sequences of these lengths.
func evaluate(t *testing.T, model graph.Model, params *graph.Params, x *tensor.Dense, lengths []int) []float64 {
	t.Helper()
	p := graphtest.Build(t, graph.Config{Model: model, Params: params, Mode: graph.Eval, Inputs: []graph.Input{
		{Name: "x", Shape: x.Shape()}, {Name: "lengths", Shape: tensor.Shape{len(lengths)}, Dtype: tensor.Int},
	}})
	values := map[string]*tensor.Dense{"x": x}
	if p.Reads("lengths") {
		values["lengths"] = labels(t, lengths...)
	}
	if err := p.RunNamed(values); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(p.OutputValue().Float64s())
}

// A causal stack does not see later positions, and another one does.
func TestCausalStacksDoNotSeeAhead(t *testing.T) {
	for _, causal := range []bool{false, true} {
		e := attention.Encoder{Config: attention.Config{Layers: 2, Heads: 2, Causal: causal, Rotary: true}}
		params := graph.NewParams(tensor.Float64, 1)
		x := graphtest.Randn(t, tensor.Float64, 4, 1, 5, 4)
		before := evaluate(t, e, params, x, []int{5})
		x.Float64s()[4*4] += 1 // the last position
		after := evaluate(t, e, params, x, []int{5})
		if same := slices.Equal(before[:4*4], after[:4*4]); same != causal {
			t.Errorf("causal %v: earlier positions are the same: %v", causal, same)
		}
	}
}

// A decoder sees its memory, and not the padding of it.
func TestDecoderReadsTheMemory(t *testing.T) {
	const width = 4
	run := func(change float64) []float64 {
		model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return attention.Decoder{Config: attention.Config{Layers: 1, Heads: 2}, MemoryLengths: "lengths"}.Apply(b, x, b.Input("memory"))
		})
		p := graphtest.Build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Mode: graph.Eval, Inputs: []graph.Input{
			{Name: "x", Shape: tensor.Shape{1, 2, width}}, {Name: "memory", Shape: tensor.Shape{1, 3, width}},
			{Name: "lengths", Shape: tensor.Shape{1}, Dtype: tensor.Int},
		}})
		memory := graphtest.Randn(t, tensor.Float64, 2, 1, 3, width)
		memory.Float64s()[2*width] += change // the padding
		memory.Float64s()[0] += change / 1e3
		err := p.RunNamed(map[string]*tensor.Dense{"x": graphtest.Randn(t, tensor.Float64, 1, 1, 2, width), "memory": memory, "lengths": labels(t, 2)})
		if err != nil {
			t.Fatal(err)
		}
		return slices.Clone(p.OutputValue().Float64s())
	}
	before, after := run(0), run(1)
	far := 0.0
	for i := range before {
		far = math.Max(far, math.Abs(before[i]-after[i]))
	}
	if far == 0 || far > 0.1 {
		t.Errorf("a change of 1 in the padding and of 0.001 in the memory changes the output by %g", far)
	}
}
