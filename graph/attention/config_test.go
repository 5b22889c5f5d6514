package attention_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
)

func TestPlacements(t *testing.T) {
	for _, name := range []string{"pre-ln", "post-ln", "deepnorm", "rezero", "none"} {
		if p, err := attention.ParsePlacement(strings.ToUpper(name)); err != nil || p.String() != name || p.Validate() != nil {
			t.Errorf("%s: got %v, %v", name, p, err)
		}
	}
	_, err := attention.ParsePlacement("mid-ln")
	graphtest.WantError(t, err, "mid-ln", "pre-ln, post-ln, deepnorm, rezero, none")
	graphtest.WantError(t, attention.Placement(5).Validate(), "placement(5)")
}

// draw builds an encoder of float64 on one sequence.
func draw(t *testing.T, e attention.Encoder, width int) *graph.Program {
	t.Helper()
	return graphtest.Build(t, graph.Config{Model: e, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{1, 2, width}, Mode: graph.Eval})
}

// With DeepNorm the skip counts alpha times as much as the branch, and the first weights are beta times those of Xavier but for queries
// and keys (Wang et al. 2022, fig. 2). Each has 2304 elements or more, whose standard deviation is known to 1/sqrt(2·2304) = 1.5 %.
func TestDeepNorm(t *testing.T) {
	const n, width = 6, 48
	for _, c := range []struct {
		name        string
		decoder     int
		alpha, beta float64
	}{
		{"alone", 0, math.Pow(2*n, 0.25), math.Pow(8*n, -0.25)},
		{"before a decoder", 3, 0.81 * math.Pow(n*n*n*n*3, 1.0/16), 0.87 * math.Pow(n*n*n*n*3, -1.0/16)},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := attention.Encoder{Config: attention.Config{Layers: n, Placement: attention.DeepNorm}, DecoderLayers: c.decoder}
			p := draw(t, e, width)
			for _, b := range p.Blocks {
				if math.Abs(b.Scale*c.alpha-1) > 1e-12 {
					t.Errorf("%s: the branch counts %g, want 1/%g", b.Path, b.Scale, c.alpha)
				}
			}
			if len(p.Blocks) != 2*n {
				t.Errorf("%d blocks", len(p.Blocks))
			}
			inProj := p.Params.Get("layers/0/self_attn/in_proj_weight").Value.Float64s()
			xavier := math.Sqrt(1.0 / width)
			for i, want := range []float64{1, 1, c.beta} {
				var part []float64
				for row := range width {
					part = append(part, inProj[(3*row+i)*width:(3*row+i+1)*width]...)
				}
				checkStd(t, fmt.Sprint("third ", i), part, want*xavier)
			}
			checkStd(t, "out_proj", p.Params.Get("layers/0/self_attn/out_proj/weight").Value.Float64s(), c.beta*xavier)
			checkStd(t, "linear1", p.Params.Get("layers/5/ff/linear1/weight").Value.Float64s(), c.beta*math.Sqrt(2.0/(5*width)))
		})
	}
}

func checkStd(t *testing.T, name string, x []float64, want float64) {
	t.Helper()
	if got := stat.StdDev(x, nil); math.Abs(got/want-1) > 0.08 {
		t.Errorf("%s has the standard deviation %.4f, want %.4f", name, got, want)
	}
}

// The decoder after an encoder has constants of its own.
func TestDeepNormOfDecoders(t *testing.T) {
	const m = 4
	model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return attention.Decoder{Config: attention.Config{Layers: m, Placement: attention.DeepNorm}}.Apply(b, x, x)
	})
	p := graphtest.Build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{1, 2, 8}, Mode: graph.Eval})
	for _, b := range p.Blocks {
		if want := math.Pow(3*m, -0.25); math.Abs(b.Scale-want) > 1e-12 {
			t.Errorf("%s: the branch counts %g, want %g", b.Path, b.Scale, want)
		}
	}
	if len(p.Blocks) != 3*m {
		t.Errorf("%d blocks, want %d", len(p.Blocks), 3*m)
	}
	init := p.Params.Get("layers/0/multihead_attn/in_proj_weight").Init
	beta := math.Pow(12*m, -0.25)
	want := (2 + beta*beta) / 3 / 8
	if got, known := initializer.Variance(init, initializer.Fan{}, tensor.Shape{8, 24}); !known || math.Abs(got-want) > 1e-12 {
		t.Errorf("the variance is %g, want %g", got, want)
	}
}

// ReZero begins as the identity, and a stack without residuals has the parameters of its twin.
func TestReZeroAndItsTwins(t *testing.T) {
	x := graphtest.Randn(t, tensor.Float64, 3, 1, 2, 8)
	rezero := draw(t, attention.Encoder{Config: attention.Config{Layers: 3, Heads: 2, Placement: attention.ReZero}}, 8)
	graphtest.Run(t, rezero, x, nil)
	for i, v := range rezero.OutputValue().Float64s() {
		if v != x.Float64s()[i] {
			t.Fatalf("element %d is %g, want %g", i, v, x.Float64s()[i])
		}
	}
	pre, none := draw(t, attention.Encoder{Config: attention.Config{Layers: 3}}, 8), draw(t, attention.Encoder{Config: attention.Config{Layers: 3, Placement: attention.NoResidual}}, 8)
	for i, w := range pre.Params.All() {
		other := none.Params.All()[i]
		if w.Name != other.Name || w.Value.Float64s()[0] != other.Value.Float64s()[0] {
			t.Errorf("%s is %g, its twin %s is %g", w.Name, w.Value.Float64s()[0], other.Name, other.Value.Float64s()[0])
		}
	}
	for _, b := range none.Blocks {
		if b.Skip != nil || b.Last < b.First {
			t.Errorf("%s of the plain twin has skip %v and layers %d to %d", b.Path, b.Skip, b.First, b.Last)
		}
	}
}

// A block that is left out is named as the program names it.
func TestLeavingOutBlocks(t *testing.T) {
	e := attention.Encoder{Config: attention.Config{Layers: 2}}
	for _, b := range draw(t, e, 4).Blocks {
		p := graphtest.Build(t, graph.Config{
			Model: graph.Without(e, b.Path), Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{1, 2, 4}, Mode: graph.Eval,
		})
		if len(p.Blocks) != 3 {
			t.Errorf("%d blocks without %s", len(p.Blocks), b.Path)
		}
	}
}

// Sizes are those of the parameters that are drawn.
func TestSizes(t *testing.T) {
	for name, c := range stacks() {
		c.Lengths = ""
		if got, want := c.Size(4), draw(t, attention.Encoder{Config: c}, 4).Params.Size(); got != want {
			t.Errorf("%s: size %d, want %d", name, got, want)
		}
	}
}

func TestTorchNames(t *testing.T) {
	for name, want := range map[string]string{
		"layers/0/self_attn/in_proj_weight":  "layers.0.self_attn.in_proj_weight",
		"layers/11/self_attn/out_proj/bias":  "layers.11.self_attn.out_proj.bias",
		"decoder/layers/2/ff/linear1/weight": "decoder.layers.2.linear1.weight",
		"layers/0/norm2/bias":                "layers.0.norm2.bias",
		"norm/weight":                        "norm.weight",
	} {
		if got := attention.TorchName(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// The table of Vaswani et al. 2017, sec. 3.5, for the width 4: sin t, cos t, sin t/100, cos t/100.
func TestSinusoids(t *testing.T) {
	p := graphtest.Build(t, graph.Config{
		Model: attention.SinusoidalPositions{}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{1, 3, 4}, Mode: graph.Eval,
	})
	graphtest.Run(t, p, tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(1, 3, 4)), nil)
	for at, got := range p.OutputValue().Float64s() {
		pos, i := float64(at/4), at%4
		want := []float64{math.Sin(pos), math.Cos(pos), math.Sin(pos / 100), math.Cos(pos / 100)}[i]
		if math.Abs(got-want) > 1e-15 {
			t.Errorf("element %d of position %g is %g, want %g", i, pos, got, want)
		}
	}
}

func TestErrors(t *testing.T) {
	encoder := func(edit func(c *attention.Config)) graph.Model {
		c := attention.Config{Layers: 1, Heads: 2}
		edit(&c)
		return attention.Encoder{Config: c}
	}
	for name, c := range map[string]struct {
		model graph.Model
		want  []string
	}{
		"no layers":    {encoder(func(c *attention.Config) { c.Layers = 0 }), []string{"Layers: got 0"}},
		"heads":        {encoder(func(c *attention.Config) { c.Heads = 3 }), []string{"3 heads for the width 4", "layers/0/self_attn"}},
		"hidden":       {encoder(func(c *attention.Config) { c.Hidden = -1 }), []string{"Hidden -1"}},
		"dropout":      {encoder(func(c *attention.Config) { c.Dropout = 1 }), []string{"Dropout: got 1"}},
		"placement":    {encoder(func(c *attention.Config) { c.Placement = -1 }), []string{"placement(-1)"}},
		"norm":         {encoder(func(c *attention.Config) { c.Norm = 2 }), []string{"norm(2)"}},
		"deepnorm":     {encoder(func(c *attention.Config) { c.Placement, c.Init = attention.DeepNorm, initializer.HeNormal{} }), []string{"DeepNorm with Init"}},
		"rotary":       {encoder(func(c *attention.Config) { c.Heads, c.Rotary = 4, true }), []string{"width 1 with Rotary"}},
		"lengths":      {encoder(func(c *attention.Config) { c.Lengths = "none" }), []string{`no input "none"`}},
		"feed-forward": {attention.FeedForward{Hidden: -2}, []string{"Hidden -2"}},
		"rms norm":     {attention.RMSNorm{Eps: -1}, []string{"Eps -1"}},
		"positions":    {attention.LearnedPositions{Max: 2}, []string{"length 3, want at most 2"}},
		"embedding":    {attention.Embedding{Rows: 3, Width: 4}, []string{"float64, want int"}},
		"empty table":  {attention.Embedding{Rows: 3}, []string{"3 rows of width 0"}},
	} {
		_, err := graph.Build(graph.Config{Model: c.model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 3, 4}})
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		graphtest.WantError(t, err, c.want...)
	}
	_, err := graph.Build(graph.Config{Model: encoder(func(*attention.Config) {}), Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{3, 4}})
	graphtest.WantError(t, err, "(3, 4), want sequences (batch, time, width)")
	graphtest.WantError(t, attention.Positions(4).Validate(), "positions(4)")
}
