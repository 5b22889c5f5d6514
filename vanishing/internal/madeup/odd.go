package madeup

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Sigmoid is the plain sigmoid network of the guide.
func Sigmoid() profile.Profile {
	return Network{Name: "plain sigmoid", Layers: 30, Steps: 120, Factor: 0.24, Activation: profile.Sigmoid}.Profile()
}

// Normed is the network of the guide with batch normalisation.
func Normed() profile.Profile {
	return Network{Name: "plain ReLU + BN", Layers: 30, Steps: 120, Factor: 1.16, Activation: profile.ReLU, Norm: profile.BatchNorm}.Profile()
}

// Residual is the residual network of the guide.
func Residual() profile.Profile {
	return Network{Name: "residual ReLU", Layers: 30, Steps: 120, Factor: 1.03, Activation: profile.ReLU, Residual: true}.Profile()
}

// Broken is a network whose gradient first vanishes in some layers, and later becomes infinite and NaN.
func Broken() profile.Profile {
	p := Network{Name: "broken", Layers: 12, Steps: 60, Factor: 0.5, Activation: profile.ReLU}.Profile()
	nan := profile.Number(math.NaN())
	for k := range p.Records {
		r := &p.Records[k]
		for l := range p.Layers {
			norms, d := &r.Layers[l], &r.Details.Layers[l]
			switch {
			case k >= 45 && l < 9-(k-45)/3:
				norms.DeltaRMS, d.ActStd, r.Params[l].GradL2 = nan, nan, nan
			case k >= 45:
				norms.DeltaRMS = profile.Number(math.Inf(1))
			case k >= 20 && k < 30 && l < 4:
				norms.DeltaRMS, d.Saturated, d.Dead = 0, 1, 1
				if r.Histograms != nil {
					r.Histograms.Layers[l].Delta = Histogram(make([]float64, 1000))
				}
			}
		}
		if k >= 45 {
			r.Loss = nan
		}
		if k >= 45 && r.Histograms != nil {
			r.Histograms.Layers[0].Pre = Histogram([]float64{math.NaN(), math.Inf(1), 1, -1, 0})
		}
	}
	return p
}

// AllNaN is a profile with NaN wherever it is allowed.
func AllNaN(layers, steps int) profile.Profile {
	p := Network{Name: "NaN", Layers: layers, Steps: steps, Factor: 0.5, Activation: profile.ReLU, Residual: true}.Profile()
	nan := profile.Number(math.NaN())
	gains := profile.Gains{Weight: nan, Activation: nan, Norm: nan, Skip: nan, Other: nan}
	for k := range p.Records {
		r := &p.Records[k]
		r.Loss = nan
		for l := range r.Layers {
			r.Layers[l], r.Params[l] = profile.LayerRecord{DeltaRMS: nan, Flushed: nan}, profile.ParamRecord{GradL2: nan, GradRMS: nan}
			r.Details.Layers[l] = profile.LayerDetail{ActGradRMS: nan, PreMean: nan, PreStd: nan, ActMean: nan, ActStd: nan, ActZero: nan, Saturated: nan, Dead: nan, Gains: &gains}
			r.Details.Params[l] = profile.ParamDetail{NormL2: nan, GradMax: nan, GradMeanAbs: nan, SNR: &nan}
			r.Details.Clipped[l] = profile.ClippedGrad{L2: nan, RMS: nan, Max: nan, MeanAbs: nan}
			r.Details.Updates[l] = profile.Update{L2: nan, Ratio: nan, Unchanged: nan}
			if r.Histograms != nil {
				r.Histograms.Layers[l].Delta = &profile.Histogram{NaN: 1000}
			}
		}
		for b := range r.Details.Blocks {
			r.Details.Blocks[b] = &profile.BlockDetail{TotalRMS: nan, SkipRMS: nan, BranchRMS: nan, Cosine: nan}
			r.Signal[b] = profile.BlockSignal{SquaredMean: nan, Variance: nan, BranchVariance: nan}
		}
	}
	for i := range p.Theory.Layers {
		p.Theory.Layers[i] = &profile.LayerTheory{Delta: nan, Band: nan, Q: nan, Chi: nan, Grad: nan, Z: nan, Step: nan}
	}
	for _, t := range p.Trials {
		if o := t.Outcome; o != nil {
			o.Change, o.Early, o.Late, o.Loss, o.After = nan, nan, nan, nan, nan
			for k := range o.Delta {
				o.Delta[k] = nan
			}
		}
	}
	return p
}

// Deep is a network of very many layers.
func Deep(layers, steps int) profile.Profile {
	return Network{Name: "deep", Layers: layers, Steps: steps, Factor: 0.99, Activation: profile.Tanh, Residual: true}.Profile()
}

// Long is a run of very many records, which share their numbers to save memory.
func Long(steps int) profile.Profile {
	p := Network{Name: "long", Layers: 4, Steps: 200, Factor: 0.7, Activation: profile.Tanh}.Profile()
	few := p.Records
	p.Records = make([]profile.Record, steps)
	for i := range p.Records {
		p.Records[i] = few[i*len(few)/steps]
		p.Records[i].Step, p.Records[i].Epoch = i, i/1000
	}
	p.Sampling = profile.Sampling{Norms: "every step", Details: "every step", Histograms: "every 3 steps", Steps: steps, Recorded: steps, Kept: steps}
	return p
}
