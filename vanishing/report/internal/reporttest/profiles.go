package reporttest

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Plain is a made-up profile of plain layers, the last one the output layer, with one record for each list of DeltaRMS.
func Plain(name string, records ...[]float64) vanishing.Profile {
	p := vanishing.Profile{Name: name, Dtype: "float32", Seed: 1}
	for i := range records[0] {
		path := fmt.Sprintf("dense%d", i+1)
		p.Layers = append(p.Layers, vanishing.Layer{Path: path, Depth: i + 1, Activation: profile.Activation{Kind: profile.ReLU}, Units: 20})
		p.Params = append(p.Params, profile.Param{Name: path + "/weight", Layer: path, Depth: i + 1, Role: "weight", Size: 100})
	}
	for step, deltas := range records {
		r := vanishing.Record{
			Step: 10 * step, Epoch: step / 2, Batch: 64, Loss: profile.Number(2.5 / float64(step+1)), LearningRate: 0.1, Clip: 1, Details: &profile.Details{},
		}
		for i, delta := range profile.Numbers(deltas) {
			r.Layers = append(r.Layers, profile.LayerRecord{DeltaRMS: delta})
			r.Params = append(r.Params, profile.ParamRecord{GradL2: delta, GradRMS: delta / 10})
			snr, d := profile.Number(2), r.Details
			d.Layers = append(d.Layers, profile.LayerDetail{
				ActGradRMS: 2 * delta, PreMean: 0.125, PreStd: 1, ActMean: 0.5, ActStd: 0.25, ActZero: 0.5, Saturated: 0.5, Dead: 0.1, Gains: gainsOf(deltas, i),
			})
			d.Params = append(d.Params, profile.ParamDetail{NormL2: 2, GradMax: 10 * delta, GradMeanAbs: delta / 20, SNR: &snr})
			d.Clipped = append(d.Clipped, profile.ClippedGrad{L2: delta, RMS: delta / 10, Max: 10 * delta, MeanAbs: delta / 20})
			d.Updates = append(d.Updates, profile.Update{L2: delta, Ratio: delta / 2})
		}
		p.Records = append(p.Records, r)
	}
	return p
}

// gainsOf splits the change of the gradient from the next layer to this one: a tenth of it goes to the weights, the remainder
// to the activation.
func gainsOf(deltas []float64, i int) *profile.Gains {
	if i == len(deltas)-1 {
		return nil
	}
	change := profile.Number(stat.Log10(deltas[i]) - stat.Log10(deltas[i+1]))
	return &profile.Gains{Weight: 0.1 * change, Activation: 0.9 * change}
}

// Falling is a geometric series: the last of n numbers is factor, and each is factor times the next.
func Falling(n int, factor float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = math.Pow(factor, float64(n-i))
	}
	return list
}

// Recurrent is a profile of two recurrent layers of seven steps, a plain one with a prediction and an LSTM, and an output layer.
func Recurrent() vanishing.Profile {
	const steps = 7
	p := Plain("recurrent", Falling(3, 0.1))
	theory := &profile.SequenceTheory{Rate: 0.5, Radius: 0.6}
	details := []profile.SequenceDetail{{}, {Carry: 0.73}}
	var at []int
	for t := range steps {
		at = append(at, t+1)
		theory.Delta = append(theory.Delta, profile.Number(float64(t+1-steps)*math.Log10(2)))
		for i := range details {
			details[i].DeltaRMS = append(details[i].DeltaRMS, profile.Number(math.Pow(0.5+0.4*float64(i), float64(steps-1-t))))
		}
		carry := profile.Number(3 * min(1, steps-1-t))
		details[1].CarryRMS, details[1].GatesRMS = append(details[1].CarryRMS, carry), append(details[1].GatesRMS, carry/3)
	}
	p.Sequences = []profile.Sequence{{Layer: 0, Steps: steps, At: at, Cell: "rnn_tanh", Theory: theory}, {Layer: 1, Steps: steps, At: at, Cell: "lstm"}}
	p.Layers[0].Recurrent, p.Layers[1].Recurrent = true, true
	p.Records[0].Details.Sequences = details
	return p
}

// Odd are unusual profiles.
func Odd() map[string]vanishing.Profile {
	nan, inf := math.NaN(), math.Inf(1)
	skips := Plain("skips", []float64{1e-3, 1e-3, 1e-3, 1e-3, 1e-3})
	skips.Layers[2].OnSkip = true
	skips.Layers[2].Path = "a block with a long name/and a layer with a long one"
	bare := Plain("no parameters", Falling(4, 0.1))
	bare.Params, bare.Records[0].Params = nil, nil
	bare.Records[0].Details = &profile.Details{Layers: bare.Records[0].Details.Layers}
	none := Plain("no records", Falling(4, 0.1))
	none.Records = nil
	return map[string]vanishing.Profile{
		"empty":         {},
		"recurrent":     Recurrent(),
		"no records":    none,
		"one layer":     Plain("one", []float64{1e-3}),
		"all zero":      Plain("zero", make([]float64, 5)),
		"lost":          Plain("lost", []float64{0, 0, 1e-44, 1e-20, 1, 1}),
		"blocked":       Plain("blocked", []float64{1, 0, 1, 0, 1, 1}),
		"NaN at once":   Plain("nan", []float64{nan, nan, inf, 1}),
		"NaN later":     Plain("later", Falling(6, 0.1), Falling(6, 10), []float64{nan, inf, 0, 1, 1, 1}, Falling(6, 0.1)),
		"one value":     Plain("level", []float64{1, 1, 1, 1}, []float64{1, 1, 1, 1}),
		"extreme":       Plain("extreme", []float64{5e-324, 1e-100, 1, 1e100, 1e308}),
		"deep":          Plain("deep", Falling(250, 0.5)),
		"skips":         skips,
		"no parameters": bare,
		"no name":       Plain("", Falling(4, 0.1)),
		"other scripts": Plain("普通网络 \"a\", <b> & c", Falling(4, 0.1)),
	}
}

// Residual is a made-up residual network of n blocks, each with a branch of two layers, with theory and paths.
func Residual(n int) vanishing.Profile {
	p := Plain("residual", Falling(2*n+1, 0.93), Falling(2*n+1, 0.95))
	expected, shares := make([]profile.Number, n+1), make([]profile.Number, n+1)
	binomial := math.Pow(0.6, float64(n))
	for k := range expected {
		expected[k] = profile.Number(binomial)
		shares[k] = profile.Number(binomial * (1 + 0.5*math.Sin(float64(k))))
		binomial *= float64(n-k) / float64(k+1) * 0.4 / 0.6
	}
	p.Paths = []profile.Paths{{Step: 0, Shares: shares, Expected: expected, Mean: profile.Number(0.4 * float64(n))}}
	p.Theory = &profile.Theory{}
	for l := range p.Layers {
		back := float64(2*n - 1 - l)
		p.Theory.Layers = append(p.Theory.Layers, &profile.LayerTheory{
			Delta: profile.Number(-0.025 * back), Band: profile.Number(0.03 * math.Sqrt(max(back, 0))), Z: nan, Step: nan,
		})
		for r := range p.Records {
			if g := p.Records[r].Details.Layers[l].Gains; l%2 == 0 && l < 2*n {
				g.Skip, g.Norm = 0.15, -0.05
				g.Activation -= 0.1
			}
		}
	}
	return p
}

var nan = profile.Number(math.NaN())

// Full is a profile with every field filled: a residual sigmoid network of five layers with two blocks, recorded in three steps,
// two of them with details and one with histograms.
func Full() vanishing.Profile {
	p := Plain("full", []float64{1e-4, 1e-3, 1e-3, 1e-2, 1e-1}, []float64{2e-4, 2e-3, 2e-3, 2e-2, 1e-1}, []float64{1e-4, 1e-3, 1e-3, 1e-2, 1e-1})
	p.Optimizer = &profile.Optimizer{Kind: profile.SGD, LearningRate: 0.1}
	p.Layers[2].OnSkip = true
	p.Layers[3].Norm.Kind = profile.BatchNorm
	for i := range p.Layers {
		p.Layers[i].Activation.Kind, p.Layers[i].FanIn = profile.Sigmoid, 10
		p.Layers[i].Init = &profile.Initializer{Kind: profile.HeNormal, Gain: math.Sqrt2}
	}
	p.Layers[4].Activation = profile.Activation{}
	p.Blocks = []profile.Block{{Path: "block1", First: 0, Last: 1}, {Path: "block2", First: 3, Last: 3}}
	p.Sampling = profile.Sampling{Norms: "every 10 steps", Details: "every 20 steps", Histograms: "every 100 steps", Steps: 21, Recorded: 3, Kept: 3}
	p.Theory = &profile.Theory{Xi: 0.23, Beta: 0.5, Layers: []*profile.LayerTheory{
		{Delta: -1.5, Band: 0.15, Q: 0.9, Chi: 0.012, Grad: -2, Z: -3.3}, {Delta: -0.5, Band: 0.11, Q: 1, Chi: 0.013, Grad: -1, Z: -4.5, Step: -4.5},
		nil, {Q: 1.1, Chi: nan, Z: nan, Step: nan}, nil,
	}}
	p.Paths = []profile.Paths{{Step: 0, Shares: []profile.Number{0.25, 0.5, 0.25}, Expected: []profile.Number{0.3, 0.45, 0.25}, Mean: 1, Error: 1e-7}}
	p.Sharpness = []profile.Sharpness{
		{Step: 0, Value: 8, Limit: 20, Residual: 0.03, Layers: []profile.Number{1, 2, nan, 4, 3}, Shares: []profile.Number{0.1, 0.2, 0, 0.4, 0.3}, Gradients: 48},
		{Step: 20, Value: 21, Limit: 20, Residual: 0.04, Layers: []profile.Number{2, 3, nan, 5, 8}, Shares: []profile.Number{0.1, 0.1, 0, 0.2, 0.6}, Gradients: 52},
	}
	p.Trials = []profile.Trial{
		{Name: "batch normalisation", Code: "Norm: graph.BN", Outcome: &profile.Outcome{
			Change: -0.2, Delta: []profile.Number{0.1, 0.1, 0.1, 0.1}, Early: 1e-3, Late: 2e-3, Loss: 2.3, After: 2.1}},
		{Name: "SELU", Note: "the network has a normalisation already"},
	}
	p.Cost = &profile.Cost{Run: 10, Recording: 0.12}
	p.Records[1].Details = nil
	for _, i := range []int{0, 2} {
		d := p.Records[i].Details
		d.Blocks = []*profile.BlockDetail{{TotalRMS: 3e-4, SkipRMS: 2e-4, BranchRMS: 1e-4, Cosine: 0.99}, {TotalRMS: 2e-3, SkipRMS: 2e-3, BranchRMS: 1e-5, Cosine: nan}}
		for l, gains := range []*profile.Gains{{Weight: -0.1, Activation: -1, Skip: 0.1}, {Weight: -0.2, Activation: -0.9, Norm: 0.1}, nil, {Weight: -1}} {
			d.Layers[l].Gains = gains
		}
	}
	h := &profile.Histograms{}
	for range p.Layers {
		h.Layers = append(h.Layers, profile.LayerHistograms{
			Delta: &profile.Histogram{Low: -15, Negative: []int{1, 4}, Positive: []int{2, 5}, Zero: 3},
			Pre:   &profile.Histogram{Low: 0, Negative: []int{1}, Positive: []int{1}, NaN: 1, Inf: 2},
		})
		h.Params = append(h.Params, profile.ParamHistograms{
			Grad: &profile.Histogram{Zero: 100}, Value: &profile.Histogram{Low: -3, Negative: []int{50}, Positive: []int{50}},
		})
	}
	p.Records[0].Histograms = h
	return p
}
