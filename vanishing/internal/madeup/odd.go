package madeup

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// The networks of the guide, trained for a while.
func Sigmoid() profile.Profile {
	return Network{Name: "plain sigmoid", Layers: 30, Steps: 120, Factor: 0.24, Activation: "sigmoid"}.Profile()
}

// Normed has batch normalisation.
func Normed() profile.Profile {
	return Network{Name: "plain ReLU + BN", Layers: 30, Steps: 120, Factor: 1.16, Activation: "relu", Norm: "bn"}.Profile()
}

// Residual has skips.
func Residual() profile.Profile {
	return Network{Name: "residual ReLU", Layers: 30, Steps: 120, Factor: 1.03, Activation: "relu", Residual: true}.Profile()
}

// Broken is a network whose gradient is lost, explodes and becomes NaN, one after the other.
func Broken() profile.Profile {
	p := Network{Name: "broken", Layers: 12, Steps: 60, Factor: 0.5, Activation: "relu"}.Profile()
	for k := range p.Records {
		for l := range p.Layers {
			r := &p.Records[k].Layers[l]
			switch {
			case k >= 45 && l < 9-(k-45)/3:
				r.DeltaRMS, r.ActStd = math.NaN(), math.NaN()
				p.Records[k].Params[l].GradL2 = math.NaN()
			case k >= 45:
				r.DeltaRMS = math.Inf(1)
			case k >= 20 && k < 30 && l < 4:
				r.DeltaRMS, r.Saturated, r.Dead = 0, 1, 1
				r.Delta = Histogram(make([]float64, 1000))
			}
		}
		if k >= 45 {
			p.Records[k].Loss = math.NaN()
			p.Records[k].Layers[0].Pre = Histogram([]float64{math.NaN(), math.Inf(1), 1, -1, 0})
		}
	}
	return p
}

// AllNaN is a profile with NaN wherever one can be.
func AllNaN(layers, steps int) profile.Profile {
	p := Network{Name: "NaN", Layers: layers, Steps: steps, Factor: 0.5, Activation: "relu", Residual: true}.Profile()
	nan := math.NaN()
	for k := range p.Records {
		r := &p.Records[k]
		r.Loss = nan
		for l := range r.Layers {
			r.Layers[l] = profile.LayerRecord{DeltaRMS: nan, Flushed: nan, ActGradRMS: nan, PreMean: nan, PreStd: nan, ActMean: nan, ActStd: nan, ActZero: nan,
				Saturated: nan, Dead: nan, Gains: profile.Gains{Weight: nan, Activation: nan, Norm: nan, Skip: nan, Other: nan}, Delta: &profile.Histogram{NaN: 1000}}
			r.Params[l] = profile.ParamRecord{GradL2: nan, GradRMS: nan, NormL2: nan, UpdateRatio: nan, SNR: nan, Unchanged: nan}
		}
		for b := range r.Blocks {
			r.Blocks[b] = profile.BlockRecord{TotalRMS: nan, SkipRMS: nan, BranchRMS: nan, Cosine: nan}
		}
	}
	for i := range p.Theory.Delta {
		p.Theory.Delta[i], p.Theory.Band[i], p.Theory.Z[i], p.Theory.Step[i] = nan, nan, nan, nan
	}
	for i := range p.Trials {
		t := &p.Trials[i]
		t.Change, t.Early, t.Late, t.Loss, t.After = nan, nan, nan, nan, nan
		for k := range t.Delta {
			t.Delta[k] = nan
		}
	}
	return p
}

// Deep is a network of very many layers.
func Deep(layers, steps int) profile.Profile {
	return Network{Name: "deep", Layers: layers, Steps: steps, Factor: 0.99, Activation: "tanh", Residual: true}.Profile()
}

// Long is a run of very many records. They share their numbers, so that there is memory for it.
func Long(steps int) profile.Profile {
	p := Network{Name: "long", Layers: 4, Steps: 200, Factor: 0.7, Activation: "tanh"}.Profile()
	few := p.Records
	p.Records = make([]profile.Record, steps)
	for i := range p.Records {
		p.Records[i] = few[i*len(few)/steps]
		p.Records[i].Step, p.Records[i].Epoch = i, i/1000
	}
	p.Sampling = profile.Sampling{Norms: "every step", Details: "every step", Histograms: "every 3 steps", Steps: steps, Recorded: steps, Kept: steps}
	return p
}
