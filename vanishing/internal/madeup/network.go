package madeup

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A Network describes a profile to make up.
type Network struct {
	Name       string
	Layers     int     // weighted layers, the output layer among them
	Steps      int     // recorded steps, every tenth of the run
	Factor     float64 // of the gradient, from a layer to the one before it
	Activation profile.ActivationKind
	Norm       profile.NormKind
	Residual   bool // two layers make a block
	Bare       bool // only norms are recorded
}

// Profile makes up the profile.
func (n Network) Profile() profile.Profile {
	p := profile.Profile{Name: n.Name, Dtype: "float32", Seed: 7, Optimizer: &profile.Optimizer{Kind: profile.Adam, LearningRate: 0.001}}
	for i := range n.Layers {
		path := fmt.Sprintf("dense%d", i+1)
		if n.Residual && i > 0 && i < n.Layers-1 {
			path = fmt.Sprintf("block%d/dense%d", (i+1)/2, 2-i%2)
		}
		l := profile.Layer{Path: path, Depth: i + 1, Units: 100, FanIn: 100, Init: &profile.Initializer{Kind: profile.HeNormal, Gain: math.Sqrt2}}
		l.Activation.Kind, l.Norm.Kind = n.Activation, n.Norm
		if i == n.Layers-1 {
			l.Activation, l.Norm, l.Units = profile.Activation{}, profile.Norm{}, 10
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
	n.epochs(&p)
	p.Sampling = profile.Sampling{Norms: "every 10 steps", Steps: 10 * n.Steps, Recorded: n.Steps, Kept: n.Steps}
	p.Cost = &profile.Cost{Run: 12.5, Recording: 0.11}
	if !n.Bare {
		p.Sampling.Details, p.Sampling.Histograms = "every 10 steps", "every 30 steps"
		n.extras(&p)
	}
	return p
}

// epochs makes up the scores of the epochs: the loss of each one's last record, and accuracies that grow as it falls.
func (n Network) epochs(p *profile.Profile) {
	const guessing = 2.303
	p.Baseline = guessing
	for k, r := range p.Records {
		if k+1 < len(p.Records) && p.Records[k+1].Epoch == r.Epoch {
			continue
		}
		right := max(0.1, 1-r.Loss/guessing)
		valLoss, valRight := 1.1*r.Loss, 0.95*right
		p.History = append(p.History, profile.Epoch{Epoch: r.Epoch, Step: r.Step, TrainLoss: &r.Loss, TrainAccuracy: &right, ValLoss: &valLoss, ValAccuracy: &valRight})
	}
}

// record makes up one step: the gradient's profile flattens a little while the loss falls.
func (n Network) record(p profile.Profile, k int, random *rand.Rand) profile.Record {
	part := float64(k) / float64(max(n.Steps-1, 1)) // of the run, from 0 to 1
	layers, params := len(p.Layers), len(p.Params)
	r := profile.Record{
		Step: 10 * k, Epoch: 5 * k / max(n.Steps, 1), Batch: 64, Loss: profile.Number(2.3*math.Exp(-2*part*n.Factor) + 0.02*random.Float64()),
		LearningRate: profile.Number(0.001 / (1 + part)), Clip: profile.Number(min(1, 0.8+0.4*random.Float64())),
		Layers: make([]profile.LayerRecord, layers), Params: make([]profile.ParamRecord, params),
	}
	if !n.Bare {
		r.Details = &profile.Details{
			Layers: make([]profile.LayerDetail, layers), Params: make([]profile.ParamDetail, params),
			Clipped: make([]profile.ClippedGrad, params), Updates: make([]profile.Update, params),
		}
	}
	if !n.Bare && k%3 == 0 {
		r.Histograms = &profile.Histograms{Layers: make([]profile.LayerHistograms, layers), Params: make([]profile.ParamHistograms, params)}
	}
	factor := math.Pow(n.Factor, 1-0.25*part)
	for i, l := range p.Layers {
		back := float64(len(p.Layers) - 1 - i)
		noise := math.Exp(0.08 * random.NormFloat64())
		delta := 0.01 * math.Pow(factor, back) * noise
		n.layer(&r, i, l, delta, factor, noise, part, random)
		n.param(&r, i, delta, part, random)
	}
	for b := range p.Blocks {
		skip := 0.01 * math.Pow(factor, float64(len(p.Blocks)-b))
		branch := skip * (0.5 + 0.4*part) * math.Exp(0.1*random.NormFloat64())
		if r.Details != nil {
			cosine := 0.1 * random.NormFloat64()
			r.Details.Blocks = append(r.Details.Blocks, &profile.BlockDetail{
				TotalRMS: profile.Number(math.Sqrt(skip*skip + branch*branch + 2*cosine*skip*branch)),
				SkipRMS:  profile.Number(skip), BranchRMS: profile.Number(branch), Cosine: profile.Number(cosine),
			})
			r.Signal = append(r.Signal, blockSignal(b, 1+0.3*part))
		}
	}
	return r
}

// blockSignal is the signal at a block: its variance grows by 1 in each block.
func blockSignal(b int, factor float64) profile.BlockSignal {
	wave := 1 + 0.05*math.Sin(3*float64(b))
	return profile.BlockSignal{
		SquaredMean: profile.Number(0.02 * factor * float64(b+1)), Variance: profile.Number(factor * wave * float64(b+1)), BranchVariance: profile.Number(factor * wave),
	}
}

// layer fills one layer of a record.
func (n Network) layer(r *profile.Record, i int, l profile.Layer, delta, factor, noise, part float64, random *rand.Rand) {
	norms := &r.Layers[i]
	if norms.DeltaRMS = profile.Number(float32(delta)); delta < 1e-30 {
		norms.Flushed = profile.Number(min(1, math.Log10(1e-30/delta)/15))
	}
	if r.Details == nil {
		return
	}
	normal, uniform := func() profile.Number { return profile.Number(random.NormFloat64()) }, func() profile.Number { return profile.Number(random.Float64()) }
	d := &r.Details.Layers[i]
	d.ActGradRMS, d.PreMean, d.PreStd = profile.Number(3*delta), 0.05*normal(), profile.Number(1+0.2*part)
	d.ActMean, d.ActStd = 0.5+0.01*normal(), profile.Number(0.2*noise)
	switch l.Activation.Kind {
	case profile.ReLU:
		d.ActZero, d.Saturated, d.Dead = 0.5+0.02*normal(), 0.5+0.02*normal(), profile.Number(0.06*part)*uniform()
	case profile.Sigmoid:
		d.Saturated = 0.02 * uniform()
	}
	if l.Activation.Kind != "" {
		total := profile.Number(math.Log10(factor)) + 0.04*normal()
		d.Gains = &profile.Gains{Activation: total - 0.1, Weight: 0.1}
		if l.Norm.Kind != "" {
			d.Gains.Norm, d.Gains.Activation = -0.15, total+0.05
		}
		if n.Residual {
			d.Gains.Skip, d.Gains.Activation = 0.12, d.Gains.Activation-0.12
		}
	}
	if r.Histograms != nil {
		r.Histograms.Layers[i] = profile.LayerHistograms{Delta: normalHistogram(random, delta, 1000), Pre: normalHistogram(random, 1+0.2*part, 1000)}
	}
}

// param fills one parameter of a record.
func (n Network) param(r *profile.Record, i int, delta, part float64, random *rand.Rand) {
	grad := profile.Number(20 * delta * (1 - 0.5*part))
	r.Params[i] = profile.ParamRecord{GradL2: grad, GradRMS: grad / 100}
	ratio := profile.Number(2e-3 * math.Exp(0.3*random.NormFloat64()) * min(1, math.Pow(delta/0.01, 0.05)))
	if d := r.Details; d != nil {
		unchanged, snr := profile.Number(0.001*random.Float64()), profile.Number(1+3*random.Float64())
		d.Params[i] = profile.ParamDetail{NormL2: 14, GradMax: grad / 20, GradMeanAbs: grad / 130, SNR: &snr}
		d.Clipped[i] = profile.ClippedGrad{L2: grad * r.Clip, RMS: grad / 100 * r.Clip, Max: grad / 20, MeanAbs: grad / 130}
		d.Updates[i] = profile.Update{L2: 14 * ratio, Ratio: ratio, Unchanged: unchanged}
	}
	if r.Histograms != nil {
		r.Histograms.Params[i] = profile.ParamHistograms{Grad: normalHistogram(random, float64(grad/100), 1000), Value: normalHistogram(random, 0.14, 1000)}
	}
}

// normalHistogram is the histogram of normally distributed numbers.
func normalHistogram(random *rand.Rand, std float64, n int) *profile.Histogram {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(float32(std * random.NormFloat64()))
	}
	return Histogram(values)
}
