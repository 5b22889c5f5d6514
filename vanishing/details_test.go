package vanishing

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// networks are of all kinds that the details distinguish, in float64.
var networks = map[string]graph.Model{
	"sigmoid":             mlp.Model{Input: 6, Depth: 5, Width: 8, Output: 3, Activation: graph.Sigmoid},
	"relu, widths":        mlp.Model{Input: 6, Hidden: []int{9, 5, 7}, Output: 3},
	"batch norm":          mlp.Model{Input: 6, Depth: 4, Width: 8, Output: 3, Norm: graph.BN},
	"layer norm":          mlp.Model{Input: 6, Depth: 4, Width: 8, Output: 3, Norm: graph.LN, Activation: graph.GELU},
	"dropout":             mlp.Model{Input: 6, Depth: 3, Width: 8, Output: 3, Dropout: 0.2, Activation: graph.Tanh},
	"residual":            resnet.Model{Input: 6, Blocks: 4, Width: 8, Output: 3},
	"residual, one layer": resnet.Model{Input: 6, Blocks: 4, Skip: 1, Width: 8, Output: 3, Activation: graph.Tanh},
	"pre-activation":      resnet.Model{Input: 6, Blocks: 3, Width: 8, Output: 3, PreActivation: true, Norm: graph.BN},
	"projections":         resnet.Model{Input: 6, Widths: []int{8, 5, 5, 7}, Output: 3, Norm: graph.LN},
	"no skips":            resnet.Model{Input: 6, Blocks: 3, Width: 8, Output: 3, NoSkip: true},
}

// kept builds and runs a network whose values can all be read afterwards.
func kept(t *testing.T, model graph.Model, batch int) (*graph.Program, *tensor.Dense, *tensor.Dense) {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float64, 3), Input: tensor.Shape{batch, 6}, Loss: graph.CrossEntropy{}, KeepAll: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	x, err := tensors.Randn(tensor.Float64, rand.New(rand.NewPCG(1, 1)), batch, 6)
	if err != nil {
		t.Fatal(err)
	}
	classes := make([]int, batch)
	for i := range classes {
		classes[i] = i % 3
	}
	y, err := tensors.Labels(classes)
	if err != nil {
		t.Fatal(err)
	}
	return p, x, y
}

func rmsOf(n *gorgonia.Node) float64 {
	sum := 0.0
	for _, v := range n.Value().Data().([]float64) {
		sum += v * v
	}
	return math.Sqrt(sum / float64(n.Shape().TotalSize()))
}

// The gains sum to log10 of the measured ratio between adjacent layers, with a relative tolerance of 1e-9.
func TestGainsSumToTheTotal(t *testing.T) {
	for name, model := range networks {
		p, x, y := kept(t, model, 8)
		profile := observe(t, p, x, y)
		r := profile.Records[0]
		path := profile.Path()
		for i, l := range path[:len(path)-1] {
			g := r.Details.Layers[l].Gains
			want := math.Log10(float64(r.Layers[l].DeltaRMS / r.Layers[path[i+1]].DeltaRMS))
			if !(math.Abs(g.Total()-want) <= 1e-9*max(1e-3, math.Abs(want))) {
				t.Errorf("%s, layer %s: parts %+v sum to %.12g, want %.12g", name, profile.Layers[l].Path, g, g.Total(), want)
			}
			if profile.Layers[l].Norm.Kind == "" && len(profile.Blocks) == 0 && g.Norm != 0 {
				t.Errorf("%s, layer %s: gain of a missing normalisation: got %g, want 0", name, profile.Layers[l].Path, g.Norm)
			}
			if len(profile.Blocks) == 0 && g.Skip != 0 {
				t.Errorf("%s, layer %s: gain of a missing skip: got %g, want 0", name, profile.Layers[l].Path, g.Skip)
			}
		}
		if g := r.Details.Layers[path[len(path)-1]].Gains; g != nil {
			t.Errorf("%s: gains of the last layer: got %+v, want none", name, g)
		}
	}
}

// In a network without skips the gains follow from the chain rule, computed here from the weights: dL/da = delta·Wᵀ.
func TestGainsAreThoseOfTheChainRule(t *testing.T) {
	p, x, y := kept(t, networks["sigmoid"], 8)
	r := observe(t, p, x, y).Records[0]
	for i := range p.Layers[:len(p.Layers)-1] {
		lower, upper := p.Layers[i], p.Layers[i+1]
		w := weightOf(p, upper).Value.Float64s()
		delta := upper.Pre.Deriv().Value().Data().([]float64)
		batch, out, in := upper.Pre.Shape()[0], upper.Pre.Shape()[1], lower.Pre.Shape()[1]
		sum := 0.0
		for b := range batch {
			for j := range in {
				d := 0.0
				for k := range out {
					d += delta[b*out+k] * w[j*out+k]
				}
				sum += d * d
			}
		}
		da := math.Sqrt(sum / float64(batch*in))
		within(t, "dL/da", r.Details.Layers[i].ActGradRMS, da, 1e-12)
		within(t, "weight", r.Details.Layers[i].Gains.Weight, math.Log10(da/float64(r.Layers[i+1].DeltaRMS)), 1e-9)
		within(t, "activation", r.Details.Layers[i].Gains.Activation, math.Log10(float64(r.Layers[i].DeltaRMS)/da), 1e-9)
	}
}

// The two parts of a block's gradient sum to the gradient of its input, element by element, and their recorded sizes and angle are
// those computed from the values.
func TestBlockRecords(t *testing.T) {
	for _, name := range []string{"residual", "residual, one layer", "pre-activation", "projections"} {
		p, x, y := kept(t, networks[name], 8)
		r := observe(t, p, x, y).Records[0]
		if err := p.Run(x, y); err != nil {
			t.Fatal(err)
		}
		for i, b := range p.Blocks {
			skip, branch := blockTerms(b)
			if branch == nil {
				t.Errorf("%s, %s: skip and branch not found in the gradient", name, b.Path)
				continue
			}
			within(t, "skip", r.Details.Blocks[i].SkipRMS, rmsOf(skip), 1e-12)
			within(t, "branch", r.Details.Blocks[i].BranchRMS, rmsOf(branch), 1e-12)
			within(t, "total", r.Details.Blocks[i].TotalRMS, rmsOf(b.Input.Deriv()), 1e-12)
			total, s, d := b.Input.Deriv().Value().Data().([]float64), skip.Value().Data().([]float64), branch.Value().Data().([]float64)
			dot := 0.0
			for k := range total {
				dot += s[k] * d[k]
				if math.Abs(total[k]-s[k]-d[k]) > 1e-15 {
					t.Fatalf("%s, %s: element %d of the gradient: got %g, want the sum of %g and %g", name, b.Path, k, total[k], s[k], d[k])
				}
			}
			want := dot / (rmsOf(skip) * rmsOf(branch) * float64(len(total)))
			if math.Abs(float64(r.Details.Blocks[i].Cosine)-want) > 1e-9 {
				t.Errorf("%s, %s: cosine %.12g, want %.12g", name, b.Path, r.Details.Blocks[i].Cosine, want)
			}
		}
	}
}

// A zero branch passes no gradient: the gradient of the block's input is that of the skip.
func TestBlockOfAZeroBranch(t *testing.T) {
	p, x, y := kept(t, resnet.Model{Input: 6, Blocks: 3, Width: 8, Output: 3, ZeroInit: true}, 8)
	for _, b := range observe(t, p, x, y).Records[0].Details.Blocks {
		if b.BranchRMS != 0 || b.SkipRMS != b.TotalRMS || !math.IsNaN(float64(b.Cosine)) {
			t.Errorf("got %+v", b)
		}
	}
}

// Compares means and deviations of pre-activation and activation, and the share of zeros, with plain loops.
func TestStatisticsOfActivations(t *testing.T) {
	p, x, y := kept(t, networks["relu, widths"], 8)
	r := observe(t, p, x, y).Records[0]
	for i, layer := range p.Layers {
		stats := func(n *gorgonia.Node) (mean, std, zero float64) {
			data := n.Value().Data().([]float64)
			for _, v := range data {
				mean += v / float64(len(data))
			}
			for _, v := range data {
				std += (v - mean) * (v - mean) / float64(len(data))
				if v == 0 {
					zero += 1 / float64(len(data))
				}
			}
			return mean, math.Sqrt(std), zero
		}
		l := r.Details.Layers[i]
		mean, std, _ := stats(layer.Pre)
		within(t, "mean of z", l.PreMean, mean, 1e-12)
		within(t, "deviation of z", l.PreStd, std, 1e-12)
		if layer.Act == nil {
			continue
		}
		mean, std, zero := stats(layer.Act)
		within(t, "mean of a", l.ActMean, mean, 1e-12)
		within(t, "deviation of a", l.ActStd, std, 1e-12)
		within(t, "zeros of a", l.ActZero, zero, 1e-12)
	}
}

// An update smaller than the rounding of a weight leaves the weight unchanged.
func TestUnchangedShare(t *testing.T) {
	for rate, want := range map[float64]float64{1e-12: 1, 0: 1, 0.1: 0} {
		r := &Recorder{Details: Every(1)}
		fit(t, r, func(trainer *train.Trainer) {
			trainer.Optimizer = &optim.SGD{LearningRate: max(rate, 1e-300)}
			trainer.Model = mlp.Model{Input: 4, Depth: 3, Width: 5, Output: 3, Activation: graph.Tanh}
		})
		p := r.Profile()
		for k, update := range p.Records[4].Details.Updates {
			if p.Params[k].Role != "weight" {
				continue
			}
			if math.Abs(float64(update.Unchanged)-want) > 0.1 {
				t.Errorf("rate %g, %s: %g of the weights did not change, want about %g", rate, p.Params[k].Name, update.Unchanged, want)
			}
		}
	}
}

// A pattern selects layers, and their records equal those of a recorder of all layers.
func TestLayerPattern(t *testing.T) {
	all, some := &Recorder{}, &Recorder{Layers: "dense[24]"}
	for _, r := range []*Recorder{all, some} {
		fit(t, r, nil)
	}
	p, whole := some.Profile(), all.Profile()
	if len(p.Layers) != 2 || p.Layers[0].Path != "dense2" || p.Layers[1].Depth != 4 || len(p.Params) != 4 {
		t.Fatalf("got %+v and %+v", p.Layers, p.Params)
	}
	for i, r := range p.Records {
		if r.Layers[1].DeltaRMS != whole.Records[i].Layers[3].DeltaRMS || r.Params[2].GradL2 != whole.Records[i].Params[6].GradL2 {
			t.Errorf("step %d: %+v, want that of %+v", r.Step, r.Layers[1], whole.Records[i].Layers[3])
		}
	}
	bad := &Recorder{Layers: "conv*"}
	if err := bad.Begin(nil); err != nil {
		t.Fatal(err)
	}
	p2, _, _ := kept(t, networks["sigmoid"], 4)
	if err := bad.Compiled(&train.Run{Params: p2.Params, Optimizer: &optim.SGD{}}, p2); err == nil {
		t.Error("a pattern without a layer gives no error")
	}
}
