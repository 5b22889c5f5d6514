package report

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing"
)

// madeUp is a made-up profile of plain layers, the last one the output layer, with one record for each list of DeltaRMS.
func madeUp(name string, records ...[]float64) vanishing.Profile {
	p := vanishing.Profile{Name: name, Dtype: "float32", Seed: 1}
	for i := range records[0] {
		path := fmt.Sprintf("dense%d", i+1)
		p.Layers = append(p.Layers, vanishing.Layer{Path: path, Depth: i + 1, Activation: "relu", Units: 10})
		p.Params = append(p.Params, vanishing.Param{Name: path + "/weight", Layer: path, Depth: i + 1, Role: "weight", Size: 100})
	}
	for step, deltas := range records {
		r := vanishing.Record{Step: 10 * step, Epoch: step / 2, Batch: 64, Loss: 2.5 / float64(step+1), LearningRate: 0.1, Clip: 1, Details: true}
		for i, delta := range deltas {
			r.Layers = append(r.Layers, vanishing.LayerRecord{
				DeltaRMS: delta, ActGradRMS: 2 * delta, PreMean: 0.125, PreStd: 1, ActMean: 0.5, ActStd: 0.25, ActZero: 0.5,
				Saturated: 0.5, Dead: 0.1, Gains: madeUpGains(deltas, i),
			})
			r.Params = append(r.Params, vanishing.ParamRecord{
				GradL2: delta, GradRMS: delta / 10, NormL2: 2, UpdateRatio: delta / 2,
				GradMax: 10 * delta, GradMeanAbs: delta / 20, ClippedL2: delta, ClippedRMS: delta / 10, ClippedMax: 10 * delta,
				ClippedMeanAbs: delta / 20, UpdateL2: delta, SNR: 2,
			})
		}
		p.Records = append(p.Records, r)
	}
	return p
}

// madeUpGains splits the change of the gradient from the next layer to this one: a tenth of it to the weights, the rest to
// the activation.
func madeUpGains(deltas []float64, i int) vanishing.Gains {
	if i == len(deltas)-1 {
		return noGains()
	}
	change := log10(deltas[i]) - log10(deltas[i+1])
	return vanishing.Gains{Weight: 0.1 * change, Activation: 0.9 * change}
}

func noGains() vanishing.Gains {
	nan := math.NaN()
	return vanishing.Gains{Weight: nan, Activation: nan, Norm: nan, Skip: nan, Other: nan}
}

// falling is a geometric series of n numbers toward the input.
func falling(n int, factor float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = math.Pow(factor, float64(n-i))
	}
	return list
}

// odd are profiles with all that can be strange about one.
func odd() map[string]vanishing.Profile {
	nan, inf := math.NaN(), math.Inf(1)
	skips := madeUp("skips", []float64{1e-3, 1e-3, 1e-3, 1e-3, 1e-3})
	skips.Layers[2].OnSkip = true
	skips.Layers[2].Path = "a block with a long name/and a layer with a long one"
	bare := madeUp("no parameters", falling(4, 0.1))
	bare.Params, bare.Records[0].Params = nil, nil
	none := madeUp("no records", falling(4, 0.1))
	none.Records = nil
	return map[string]vanishing.Profile{
		"empty":         {},
		"no records":    none,
		"one layer":     madeUp("one", []float64{1e-3}),
		"all zero":      madeUp("zero", make([]float64, 5)),
		"lost":          madeUp("lost", []float64{0, 0, 1e-44, 1e-20, 1, 1}),
		"blocked":       madeUp("blocked", []float64{1, 0, 1, 0, 1, 1}),
		"NaN at once":   madeUp("nan", []float64{nan, nan, inf, 1}),
		"NaN later":     madeUp("later", falling(6, 0.1), falling(6, 10), []float64{nan, inf, 0, 1, 1, 1}, falling(6, 0.1)),
		"one value":     madeUp("level", []float64{1, 1, 1, 1}, []float64{1, 1, 1, 1}),
		"extreme":       madeUp("extreme", []float64{5e-324, 1e-100, 1, 1e100, 1e308}),
		"deep":          madeUp("deep", falling(250, 0.5)),
		"skips":         skips,
		"no parameters": bare,
		"no name":       madeUp("", falling(4, 0.1)),
		"other scripts": madeUp("普通网络 \"a\", <b> & c", falling(4, 0.1)),
	}
}
