package madeup

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A Network says what profile to make up.
type Network struct {
	Name       string
	Layers     int     // weighted layers, the output layer among them
	Steps      int     // recorded steps, every tenth of the run
	Factor     float64 // of the gradient, from a layer to the one before it
	Activation string
	Norm       string
	Residual   bool // two layers make a block
	Bare       bool // nothing but norms
}

// Profile makes it up.
func (n Network) Profile() profile.Profile {
	p := profile.Profile{Name: n.Name, Dtype: "float32", Seed: 7, Optimizer: "adam(lr=0.001)"}
	for i := range n.Layers {
		path := fmt.Sprintf("dense%d", i+1)
		if n.Residual && i > 0 && i < n.Layers-1 {
			path = fmt.Sprintf("block%d/dense%d", (i+1)/2, 2-i%2)
		}
		l := profile.Layer{Path: path, Depth: i + 1, Activation: n.Activation, Norm: n.Norm, Units: 100, FanIn: 100, Init: "he_normal(gain=1.414)"}
		if i == n.Layers-1 {
			l.Activation, l.Norm, l.Units = "", "", 10
		}
		p.Layers = append(p.Layers, l)
		p.Params = append(p.Params, profile.Param{Name: path + "/weight", Layer: path, Depth: i + 1, Role: "weight", Size: l.Units * l.FanIn})
	}
	if n.Residual {
		for i := 1; i+2 < n.Layers; i += 2 {
			p.Blocks = append(p.Blocks, profile.Block{Path: fmt.Sprintf("block%d", (i+1)/2), First: i, Last: i + 1})
		}
	}
	random := rand.New(rand.NewPCG(7, uint64(n.Layers)))
	for k := range n.Steps {
		p.Records = append(p.Records, n.record(p, k, random))
	}
	p.Sampling = profile.Sampling{Norms: "every 10 steps", Steps: 10 * n.Steps, Recorded: n.Steps, Kept: n.Steps}
	p.Cost = &profile.Cost{Run: 12.5, Recording: 0.11}
	if !n.Bare {
		p.Sampling.Details, p.Sampling.Histograms = "every 10 steps", "every 30 steps"
		n.extras(&p)
	}
	return p
}

// record makes up one step: the gradient's profile flattens a little while the loss falls.
func (n Network) record(p profile.Profile, k int, random *rand.Rand) profile.Record {
	part := float64(k) / float64(max(n.Steps-1, 1))
	r := profile.Record{
		Step: 10 * k, Epoch: 5 * k / max(n.Steps, 1), Batch: 64, Loss: 2.3*math.Exp(-2*part*n.Factor) + 0.02*random.Float64(),
		LearningRate: 0.001, Clip: min(1, 0.8+0.4*random.Float64()), Details: !n.Bare, Histograms: !n.Bare && k%3 == 0,
	}
	factor := math.Pow(n.Factor, 1-0.25*part)
	for i, l := range p.Layers {
		back := float64(len(p.Layers) - 1 - i)
		noise := math.Exp(0.08 * random.NormFloat64())
		delta := 0.01 * math.Pow(factor, back) * noise
		r.Layers = append(r.Layers, n.layer(l, delta, factor, noise, part, r, random))
		r.Params = append(r.Params, n.param(delta, part, r, random))
	}
	for b := range p.Blocks {
		skip := 0.01 * math.Pow(factor, float64(len(p.Blocks)-b))
		branch := skip * (0.5 + 0.4*part) * math.Exp(0.1*random.NormFloat64())
		if r.Details {
			cosine := 0.1 * random.NormFloat64()
			r.Blocks = append(r.Blocks, profile.BlockRecord{TotalRMS: math.Sqrt(skip*skip + branch*branch + 2*cosine*skip*branch), SkipRMS: skip, BranchRMS: branch, Cosine: cosine})
		}
	}
	return r
}

func (n Network) layer(l profile.Layer, delta, factor, noise, part float64, r profile.Record, random *rand.Rand) profile.LayerRecord {
	nan := math.NaN()
	out := profile.LayerRecord{DeltaRMS: float64(float32(delta)), ActGradRMS: nan, PreMean: nan, PreStd: nan, ActMean: nan, ActStd: nan, ActZero: nan,
		Saturated: nan, Dead: nan, Gains: profile.Gains{Weight: nan, Activation: nan, Norm: nan, Skip: nan, Other: nan}}
	if delta < 1e-30 {
		out.Flushed = min(1, math.Log10(1e-30/delta)/15)
	}
	if !r.Details {
		return out
	}
	out.ActGradRMS, out.PreMean, out.PreStd = 3*delta, 0.05*random.NormFloat64(), 1+0.2*part
	out.ActMean, out.ActStd = 0.5+0.01*random.NormFloat64(), 0.2*noise
	switch l.Activation {
	case "relu":
		out.ActZero, out.Saturated, out.Dead = 0.5+0.02*random.NormFloat64(), 0.5+0.02*random.NormFloat64(), 0.06*part*random.Float64()
	case "sigmoid":
		out.ActZero, out.Saturated, out.Dead = 0, 0.02*random.Float64(), 0
	default:
		out.ActZero, out.Saturated, out.Dead = 0, 0, 0
	}
	if l.Activation != "" {
		total := math.Log10(factor) + 0.04*random.NormFloat64()
		g := profile.Gains{Activation: total - 0.1, Weight: 0.1}
		if l.Norm != "" {
			g.Norm, g.Activation = -0.15, total+0.05
		}
		if n.Residual {
			g.Skip, g.Activation = 0.12, g.Activation-0.12
		}
		out.Gains = g
	}
	if r.Histograms {
		out.Delta, out.Pre = normal(random, delta, 1000), normal(random, 1+0.2*part, 1000)
	}
	return out
}

func (n Network) param(delta, part float64, r profile.Record, random *rand.Rand) profile.ParamRecord {
	nan := math.NaN()
	grad := 20 * delta * (1 - 0.5*part)
	out := profile.ParamRecord{GradL2: grad, GradRMS: grad / 100, NormL2: 14, UpdateRatio: 2e-3 * math.Exp(0.3*random.NormFloat64()) * min(1, math.Pow(delta/0.01, 0.05)),
		GradMax: nan, GradMeanAbs: nan, ClippedL2: nan, ClippedRMS: nan, ClippedMax: nan, ClippedMeanAbs: nan, UpdateL2: nan, Unchanged: nan, SNR: nan}
	if r.Details {
		out.GradMax, out.GradMeanAbs, out.ClippedL2, out.ClippedRMS = grad/20, grad/130, grad*r.Clip, grad/100*r.Clip
		out.ClippedMax, out.ClippedMeanAbs, out.UpdateL2 = grad/20, grad/130, 14*out.UpdateRatio
		out.Unchanged, out.SNR = 0.001*random.Float64(), 1+3*random.Float64()
	}
	if r.Histograms {
		out.Grad, out.Value = normal(random, grad/100, 1000), normal(random, 0.14, 1000)
	}
	return out
}

// normal is the histogram of numbers that are normally distributed.
func normal(random *rand.Rand, std float64, n int) *profile.Histogram {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(float32(std * random.NormFloat64()))
	}
	return Histogram(values)
}
