package profile

import "sort"

// Path lists the layers on the way from input to output, by depth: all but projections on skips.
func (p Profile) Path() []int {
	var path []int
	for i, layer := range p.Layers {
		if !layer.OnSkip {
			path = append(path, i)
		}
	}
	return path
}

// Hidden lists the layers of the path but those of the output, which are at the largest depth. If a pattern left the output
// layers out, all are hidden.
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

// Level lists those of some layers that have the depth of a layer. The layers are in order of depth, as those of Path are.
func (p Profile) Level(layers []int, at int) []int {
	depth := p.Layers[at].Depth
	from := sort.Search(len(layers), func(i int) bool { return p.Layers[layers[i]].Depth >= depth })
	to := from
	for to < len(layers) && p.Layers[layers[to]].Depth == depth {
		to++
	}
	return layers[from:to:to]
}

// IsChain tells whether each layer of the path has a depth of its own.
func (p Profile) IsChain() bool {
	path := p.Path()
	for i := 1; i < len(path); i++ {
		if p.Layers[path[i]].Depth == p.Layers[path[i-1]].Depth {
			return false
		}
	}
	return true
}

// Weights finds the weight of each layer.
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
