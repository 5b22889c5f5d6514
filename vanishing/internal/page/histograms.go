package page

import (
	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The most layers and steps whose histograms the page holds.
const (
	maxHistogramLayers = 64
	maxHistogramSteps  = 80
)

// histograms are those of some layers in some steps, by kind.
type histograms struct {
	Steps  []int                    `json:"steps"`
	Of     int                      `json:"of"`     // number of records with histograms in the profile
	Layers []int                    `json:"layers"` // indices into Profile.Layers
	Kinds  map[string][][]histogram `json:"kinds"`  // by kind, layer and step
}

// A histogram is a list: low, zero, NaN, infinite, counts below zero, counts above. nil means that there is none.
type histogram []any

// histogramsOf selects at most n histograms of each kind.
func histogramsOf(p vanishing.Profile, n int) histograms {
	var with []int
	for i, r := range p.Records {
		if r.Histograms != nil {
			with = append(with, i)
		}
	}
	h := histograms{Steps: []int{}, Layers: []int{}, Kinds: make(map[string][][]histogram)}
	if len(with) == 0 || len(p.Layers) == 0 {
		return h
	}
	steps := min(maxHistogramSteps, len(with))
	h.Layers = evenly.Pick(len(p.Layers), min(maxHistogramLayers, n/min(steps, 20)), -1)
	chosen := evenly.Pick(len(with), min(steps, n/len(h.Layers)), -1)
	for i, k := range chosen {
		chosen[i] = with[k]
		h.Steps = append(h.Steps, p.Records[with[k]].Step)
	}
	weights := p.Weights()
	for _, l := range h.Layers {
		var delta, pre, grad, value []histogram
		for _, i := range chosen {
			layer, weight := p.Records[i].Histograms.Layers[l], profile.ParamHistograms{}
			if w := weights[l]; w >= 0 {
				weight = p.Records[i].Histograms.Params[w]
			}
			delta, pre = append(delta, listed(layer.Delta)), append(pre, listed(layer.Pre))
			grad, value = append(grad, listed(weight.Grad)), append(value, listed(weight.Value))
		}
		for kind, list := range map[string][]histogram{"delta": delta, "pre": pre, "grad": grad, "value": value} {
			h.Kinds[kind] = append(h.Kinds[kind], list)
		}
	}
	return h
}

func listed(h *profile.Histogram) histogram {
	if h == nil {
		return nil
	}
	return histogram{h.Low, h.Zero, h.NaN, h.Inf, append([]int{}, h.Negative...), append([]int{}, h.Positive...)}
}
