package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// synthetic is the profile of a network of hidden layers and an output layer, with one record of the given DeltaRMS.
func synthetic(delta ...float64) profile.Profile {
	p := profile.Profile{Name: "synthetic", Dtype: "float32"}
	for i := range delta {
		p.Layers = append(p.Layers, profile.Layer{Path: "dense" + string(rune('a'+i)), Depth: i + 1, Activation: relu, Units: 10})
	}
	p.Layers[len(delta)-1].Activation = profile.Activation{}
	p.Records = []profile.Record{record(0, delta)}
	return p
}

var (
	relu    = profile.Activation{Kind: profile.ReLU}
	sigmoid = profile.Activation{Kind: profile.Sigmoid}
	tanh    = profile.Activation{Kind: profile.Tanh}
)

// record has the given DeltaRMS, and details.
func record(step int, delta []float64) profile.Record {
	r := profile.Record{Step: step, Batch: 4, Loss: 1, Details: &profile.Details{Layers: make([]profile.LayerDetail, len(delta))}}
	for i, v := range delta {
		r.Layers = append(r.Layers, profile.LayerRecord{DeltaRMS: profile.Number(v)})
		r.Details.Layers[i].PreStd, r.Details.Layers[i].ActStd = 1, 1
	}
	return r
}

// falling is a geometric series of n numbers toward the input, the last one 1.
func falling(n int, factor float64) []float64 {
	delta := make([]float64, n)
	for i := range delta {
		delta[i] = math.Pow(factor, float64(n-1-i))
	}
	return delta
}

// trainedProfile is a synthetic profile of several steps, with a weight in each layer that moves by the same share of its size.
func trainedProfile(steps int, optimizer *profile.Optimizer, delta ...float64) profile.Profile {
	p := synthetic(delta...)
	p.Optimizer = optimizer
	for _, l := range p.Layers {
		p.Params = append(p.Params, profile.Param{Name: l.Path + "/weight", Layer: l.Path, Depth: l.Depth, Role: "weight", Size: 100})
	}
	p.Records = nil
	for step := range steps {
		r := record(step, delta)
		r.Loss, r.LearningRate, r.Batch = profile.Number(1/float64(step+1)), 0.01, 32
		for range delta {
			r.Params = append(r.Params, profile.ParamRecord{GradL2: 1, GradRMS: 0.1})
			r.Details.Params = append(r.Details.Params, profile.ParamDetail{NormL2: 10})
			r.Details.Updates = append(r.Details.Updates, profile.Update{Ratio: 1e-3})
		}
		p.Records = append(p.Records, r)
	}
	return p
}

func sgd(rate float64) *profile.Optimizer {
	return &profile.Optimizer{Kind: profile.SGD, LearningRate: profile.Number(rate)}
}

func adam(rate float64) *profile.Optimizer {
	return &profile.Optimizer{Kind: profile.Adam, LearningRate: profile.Number(rate), Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
}

// flat is a healthy profile of ten hidden layers and some steps, for tests to change.
func flat(spoil func(p *profile.Profile)) profile.Profile {
	p := trainedProfile(20, sgd(0.01), falling(11, 1)...)
	spoil(&p)
	return p
}

// eachLayer changes one layer in every record.
func eachLayer(layer int, change func(l *profile.LayerDetail)) func(p *profile.Profile) {
	return func(p *profile.Profile) {
		for i := range p.Records {
			change(&p.Records[i].Details.Layers[layer])
		}
	}
}

// eachUpdate changes the update of every weight in every record.
func eachUpdate(change func(step, layer int, u *profile.Update)) func(p *profile.Profile) {
	return func(p *profile.Profile) {
		for i := range p.Records {
			for l := range p.Records[i].Params {
				change(i, l, &p.Records[i].Details.Updates[l])
			}
		}
	}
}

// eachSNR gives every weight in every record a signal-to-noise ratio.
func eachSNR(of func(step int) float64) func(p *profile.Profile) {
	return func(p *profile.Profile) {
		for i := range p.Records {
			for l := range p.Records[i].Params {
				snr := profile.Number(of(i))
				p.Records[i].Details.Params[l].SNR = &snr
			}
		}
	}
}

func levelLoss(p *profile.Profile) {
	for i := range p.Records {
		p.Records[i].Loss = 1
	}
}

func setDepths(p *profile.Profile, depths ...int) {
	for i, depth := range depths {
		p.Layers[i].Depth = depth
	}
}
