package profile

import "sort"

// Path lists the layers on the path from input to output, by depth: all layers but projections on skips.
func (p Profile) Path() []int {
	var path []int
	for i, layer := range p.Layers {
		if !layer.OnSkip {
			path = append(path, i)
		}
	}
	return path
}

// Hidden lists the layers of the path without the output layers, which have the largest depth. If a pattern left the output
// layers out of the recording, all layers of the path are hidden.
func (p Profile) Hidden() []int {
	path := p.Path()
	if len(path) < 2 {
		return nil
	}
	last := path[len(path)-1]
	if p.Sampling.Layers != "" && p.Layers[last].Activation.Kind != "" {
		return path
	}
	return path[:len(path)-len(p.Level(path, last))]
}

// Level lists the members of layers that have the same depth as layer at. The layers are in order of depth, as in [Profile.Path].
func (p Profile) Level(layers []int, at int) []int {
	depth := p.Layers[at].Depth
	from := sort.Search(len(layers), func(i int) bool { return p.Layers[layers[i]].Depth >= depth })
	to := from
	for to < len(layers) && p.Layers[layers[to]].Depth == depth {
		to++
	}
	return layers[from:to:to]
}

// IsChain reports whether no two layers of the path have the same depth.
func (p Profile) IsChain() bool {
	path := p.Path()
	for i := 1; i < len(path); i++ {
		if p.Layers[path[i]].Depth == p.Layers[path[i-1]].Depth {
			return false
		}
	}
	return true
}

// Weights lists, for each layer, the index of its weight in Params, or -1.
func (p Profile) Weights() []int {
	byPath := make(map[string]int, len(p.Params))
	for i, param := range p.Params {
		if _, taken := byPath[param.Layer]; param.Role == "weight" && !taken {
			byPath[param.Layer] = i
		}
	}
	weights := make([]int, len(p.Layers))
	for i, layer := range p.Layers {
		weights[i] = -1
		if param, found := byPath[layer.Path]; found {
			weights[i] = param
		}
	}
	return weights
}
