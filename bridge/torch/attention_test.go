package torch

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A form is a Transformer, as testdata/attention.py reads it.
type form struct {
	Placement  string `json:"placement"`
	Causal     bool   `json:"causal"`
	BatchFirst bool   `json:"batch_first"` // in PyTorch
	Padded     bool   `json:"padded"`
	Samples    int    `json:"samples"`
	Time       int    `json:"time"`
	Heads      int    `json:"heads"`
	Width      int    `json:"width"`
	Layers     int    `json:"layers"`
	Vocabulary int    `json:"vocabulary"`
	Classes    int    `json:"classes"`
}

// forms are the Transformers that both frameworks run. In some there are as many samples as tokens, so that shapes do not tell them apart.
var forms = []form{
	{Placement: "post-ln", BatchFirst: true, Samples: 3, Time: 7},
	{Placement: "pre-ln", BatchFirst: true, Causal: true, Samples: 5, Time: 5},
	{Placement: "pre-ln", Padded: true, Samples: 5, Time: 5},
	{Placement: "post-ln", BatchFirst: true, Padded: true, Causal: true, Samples: 2, Time: 19},
	{Placement: "none", Padded: true, Samples: 3, Time: 4},
}

// The same attentions with the same weights and tokens have the same heads, maps and cosines in PyTorch and here.
func TestAttentionTwins(t *testing.T) {
	python(t)
	script := []string{"testdata/attention.py"}
	type pair struct {
		name  string
		dtype tensor.Dtype
		here  profile.Profile
	}
	var pairs []pair
	for i, f := range forms {
		f.Heads, f.Width, f.Layers, f.Vocabulary, f.Classes = 2, 8, 2, 11, classes
		for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			folder := t.TempDir()
			script = append(script, folder)
			pairs = append(pairs, pair{fmt.Sprintf("%s %d %v", f.Placement, i, dtype), dtype, observeForm(t, folder, f, dtype)})
		}
	}
	run(t, script...)
	for i, p := range pairs {
		t.Run(p.name, func(t *testing.T) {
			compareAttentions(t, readProfile(t, filepath.Join(script[i+1], "profiles.json")), p.here, p.dtype)
		})
	}
}

// observeForm runs a Transformer here, and writes what PyTorch needs to do the same.
func observeForm(t *testing.T, folder string, f form, dtype tensor.Dtype) profile.Profile {
	t.Helper()
	placement, err := attention.ParsePlacement(f.Placement)
	if err != nil {
		t.Fatal(err)
	}
	c := attention.Config{Layers: f.Layers, Heads: f.Heads, Hidden: 4 * f.Width, Placement: placement, Causal: f.Causal}
	inputs := []graph.Input{{Name: "tokens", Shape: tensor.Shape{f.Samples, f.Time}, Dtype: tensor.Int}}
	values := map[string]*tensor.Dense{"tokens": integers(f.Vocabulary, f.Samples, f.Time), "target": integers(f.Classes, f.Samples)}
	if f.Padded {
		c.Lengths = "lengths"
		inputs = append(inputs, graph.Input{Name: "lengths", Shape: tensor.Shape{f.Samples}, Dtype: tensor.Int})
		values["lengths"] = integers(f.Time, f.Samples)
		for i := range values["lengths"].Ints() {
			values["lengths"].Ints()[i]++ // at least one token
		}
	}
	params := graph.NewParams(dtype, 3)
	program, err := graph.Build(graph.Config{
		Model:  graph.Sequential{attention.Embedding{Rows: f.Vocabulary, Width: f.Width}, attention.Encoder{Config: c}, graph.Flatten{}, graph.Dense{Units: f.Classes}},
		Params: params, Loss: graph.CrossEntropy{}, Inputs: inputs,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	var named []safetensors.Named
	for name, v := range values {
		named = append(named, safetensors.Named{Name: name, Value: v})
	}
	for _, p := range params.All() {
		named = append(named, safetensors.Named{Name: p.Name, Value: p.Value})
	}
	writeForm(t, folder, f, named)
	seen, err := vanishing.ObserveNamed(f.Placement, program, values)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// integers draws numbers below a limit.
func integers(limit int, shape ...int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(uint64(limit), 2))
	list := make([]int, tensor.Shape(shape).TotalSize())
	for i := range list {
		list[i] = rng.IntN(limit)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(list))
}

func writeForm(t *testing.T, folder string, f form, named []safetensors.Named) {
	t.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "form.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(folder, "twin.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := safetensors.Write(file, nil, named...); err != nil {
		t.Fatal(err)
	}
}

// compareAttentions compares all that two profiles tell of attentions. PyTorch's has two records of the same step, the first of which was
// made before the structure was known.
func compareAttentions(t *testing.T, got, want profile.Profile, dtype tensor.Dtype) {
	t.Helper()
	p := precision{1e-5, 0x1p-23}
	if dtype == tensor.Float64 {
		p = precision{1e-10, 0x1p-52}
	}
	if len(got.Attentions) != len(want.Attentions) || len(got.Records) != 2 {
		t.Fatalf("got %d attentions in %d records, want %d in 2", len(got.Attentions), len(got.Records), len(want.Attentions))
	}
	for i, w := range want.Attentions {
		g := got.Attentions[i]
		if g.Path != w.Path || g.Heads != w.Heads || g.Queries != w.Queries || g.Keys != w.Keys || got.Layers[g.Output].Path != w.Path {
			t.Errorf("attention %d: got %+v, want %+v", i, g, w)
		}
		for k := range got.Records {
			at := fmt.Sprintf("record %d, attention %d", k, i)
			p.compareDetail(t, at, got.Records[k].Details.Attentions[i], want.Records[0].Details.Attentions[i])
			compareMaps(t, at, got.Records[k].Histograms.Attentions[i], want.Records[0].Histograms.Attentions[i])
		}
	}
	for i, b := range got.Blocks { // none without residual
		for _, r := range got.Records {
			w := float64(want.Records[0].Details.Writes[i])
			p.expectNear(t, "share that "+b.Path+" writes", float64(r.Details.Writes[i]), w, w)
		}
	}
}

func (p precision) compareDetail(t *testing.T, at string, got, want profile.AttentionDetail) {
	t.Helper()
	near := func(name string, got, want profile.Number, least float64) {
		t.Helper()
		p.expectNear(t, at+": "+name, float64(got), float64(want), max(least, float64(want), -float64(want)))
	}
	near("cosine before", got.CosineIn, want.CosineIn, 0.1)
	near("cosine after", got.CosineOut, want.CosineOut, 0.1)
	for i, g := range got.Heads {
		w := want.Heads[i]
		near("largest logit", g.LargestLogit, w.LargestLogit, 0.1)
		near("entropy", g.Entropy, w.Entropy, 0.1)
		near("even entropy", g.EvenEntropy, w.EvenEntropy, 0)
		near("share of the first token", g.FirstShare, w.FirstShare, 0)
		near("queries", g.QueryL2, w.QueryL2, 0)
		near("keys", g.KeyL2, w.KeyL2, 0)
	}
}

// compareMaps compares maps, whose thousandths may be rounded the other way.
func compareMaps(t *testing.T, at string, got, want profile.AttentionMap) {
	t.Helper()
	if got.Rows != want.Rows || got.Columns != want.Columns || len(got.Heads) != len(want.Heads) {
		t.Fatalf("%s: got maps %d by %d of %d heads, want %d by %d of %d", at, got.Rows, got.Columns, len(got.Heads), want.Rows, want.Columns, len(want.Heads))
	}
	for h, cells := range want.Heads {
		for i, w := range cells {
			if d := got.Heads[h][i] - w; d < -1 || d > 1 {
				t.Errorf("%s: map of head %d, cell %d: got %d, want %d", at, h, i, got.Heads[h][i], w)
			}
		}
	}
}
