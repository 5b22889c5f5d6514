package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// synthetic is the profile of a network of hidden layers and an output layer, with one record of the given DeltaRMS.
func synthetic(delta ...float64) profile.Profile {
	p := profile.Profile{Name: "synthetic", Dtype: "float32"}
	for i := range delta {
		p.Layers = append(p.Layers, profile.Layer{Path: "dense" + string(rune('a'+i)), Depth: i + 1, Activation: "relu", Units: 10})
	}
	p.Layers[len(delta)-1].Activation = ""
	p.Records = []profile.Record{record(0, delta)}
	return p
}

func record(step int, delta []float64) profile.Record {
	r := profile.Record{Step: step, Batch: 4, Loss: 1, Details: true}
	for _, v := range delta {
		r.Layers = append(r.Layers, profile.LayerRecord{DeltaRMS: v, ActStd: 1, Gains: profile.NoGains()})
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

// trained is a synthetic profile of several steps, with a weight in each layer that moves by the same share of its size.
func trainedProfile(steps int, optimizer string, delta ...float64) profile.Profile {
	p := synthetic(delta...)
	p.Optimizer = optimizer
	for _, l := range p.Layers {
		p.Params = append(p.Params, profile.Param{Name: l.Path + "/weight", Layer: l.Path, Depth: l.Depth, Role: "weight", Size: 100})
	}
	p.Records = nil
	for step := range steps {
		r := record(step, delta)
		r.Loss, r.LearningRate, r.Batch = 1/float64(step+1), 0.01, 32
		for range delta {
			r.Params = append(r.Params, profile.ParamRecord{GradL2: 1, GradRMS: 0.1, NormL2: 10, UpdateRatio: 1e-3, SNR: math.NaN()})
		}
		p.Records = append(p.Records, r)
	}
	return p
}

// flat is a healthy profile of ten hidden layers and some steps, to be spoilt.
func flat(spoil func(p *profile.Profile)) profile.Profile {
	p := trainedProfile(20, "sgd(lr=0.01)", falling(11, 1)...)
	spoil(&p)
	return p
}

// eachLayer changes one layer in every record.
func eachLayer(layer int, change func(l *profile.LayerRecord)) func(p *profile.Profile) {
	return func(p *profile.Profile) {
		for i := range p.Records {
			change(&p.Records[i].Layers[layer])
		}
	}
}

// eachParam changes every weight in every record.
func eachParam(change func(step, layer int, r *profile.ParamRecord)) func(p *profile.Profile) {
	return func(p *profile.Profile) {
		for i := range p.Records {
			for l := range p.Records[i].Params {
				change(i, l, &p.Records[i].Params[l])
			}
		}
	}
}

func levelLoss(p *profile.Profile) {
	for i := range p.Records {
		p.Records[i].Loss = 1
	}
}

// addTheory appends what theory says of one more layer.
func addTheory(t *profile.Theory, delta, band, q, chi, grad, z, step float64) {
	t.Delta, t.Band, t.Q, t.Chi = append(t.Delta, delta), append(t.Band, band), append(t.Q, q), append(t.Chi, chi)
	t.Grad, t.Z, t.Step = append(t.Grad, grad), append(t.Z, z), append(t.Step, step)
}

func setDepths(p *profile.Profile, depths ...int) {
	for i, depth := range depths {
		p.Layers[i].Depth = depth
	}
}
