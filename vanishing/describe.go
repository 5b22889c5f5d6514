package vanishing

import (
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/structure"
)

// describe makes the profile of what is watched, without records.
func (w *probe) describe(name string) Profile {
	params := w.program.Params
	profile := Profile{Name: name, Dtype: params.Dtype().String(), Seed: params.Seed()}
	for _, l := range w.layers {
		profile.Layers = append(profile.Layers, describeLayer(w.program, l))
	}
	profile.Unseen = unseen(w.program)
	for _, b := range w.params {
		profile.Params = append(profile.Params,
			Param{Name: b.Name, Layer: b.Layer, Depth: b.Depth, Role: b.Role.String(), Size: b.Size()})
	}
	for _, b := range w.blocks {
		profile.Blocks = append(profile.Blocks, Block{Path: b.Path, First: b.First, Last: b.Last})
	}
	return profile
}

func describeLayer(p *graph.Program, l *graph.LayerTrace) Layer {
	layer := Layer{Path: l.Path, Depth: l.Depth, OnSkip: l.OnSkip, FanIn: l.In, Step: l.Step, Recurrent: l.Recurrent}
	layer.Units, _ = l.Units()
	if l.Act != nil {
		layer.Activation = l.Activation.String()
	}
	if l.Norm != structure.NoNorm {
		layer.Norm = l.Norm.String()
	}
	if w := weightOf(p, l); w != nil && w.Init != nil {
		layer.Init = w.Init.String()
	}
	return layer
}

// weightOf is the weight of a layer's linear map; nil if there is none.
func weightOf(p *graph.Program, l *graph.LayerTrace) *graph.Binding {
	for _, b := range p.Weights {
		if b.Layer == l.Path && b.Role == graph.Weight {
			return b
		}
	}
	return nil
}
