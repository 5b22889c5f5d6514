package vanishing

import "slices"

// A profile over depth takes the layers at one depth together: towers side by side, the gates of a cell, the heads of an
// attention, and the steps of a recurrent layer. These are a level.

// path lists the layers on the way from input to output, by depth: all but projections on skips.
func (p Profile) path() []int {
	var path []int
	for i, layer := range p.Layers {
		if !layer.OnSkip {
			path = append(path, i)
		}
	}
	return path
}

// hidden lists the layers of the path but those of the output, which are at the largest depth. If a pattern left the output
// layers out, all are hidden.
func (p Profile) hidden() []int {
	path := p.path()
	if len(path) < 2 {
		return nil
	}
	last := path[len(path)-1]
	if p.Sampling.Layers != "" && p.Layers[last].Activation != "" {
		return path
	}
	return path[:len(path)-len(p.level(path, last))]
}

// level lists those of some layers that have the depth of a layer.
func (p Profile) level(layers []int, at int) (side []int) {
	for _, l := range layers {
		if p.Layers[l].Depth == p.Layers[at].Depth {
			side = append(side, l)
		}
	}
	return side
}

// isChain tells whether each layer of the path has a depth of its own.
func (p Profile) isChain() bool {
	path := p.path()
	for i := 1; i < len(path); i++ {
		if p.Layers[path[i]].Depth == p.Layers[path[i-1]].Depth {
			return false
		}
	}
	return true
}

// size is the MedianDeltaRMS of a level: that of its layer, or the geometric mean of those of its layers that are not zero.
func (d *Diagnosis) size(p Profile, at int) float64 {
	side := p.level(slices.Concat(d.Lost, d.Blocked, d.Fitted), at)
	if len(side) == 1 {
		return d.delta[side[0]]
	}
	side = slices.DeleteFunc(side, func(l int) bool { return d.delta[l] == 0 })
	if len(side) == 0 {
		return 0
	}
	return typical(side, func(l int) float64 { return d.delta[l] })
}

// log is the mean of log10 of a number of the fitted layers of a level.
func (d *Diagnosis) log(p Profile, at int, of func(layer int) float64) float64 {
	sum, side := 0.0, p.level(d.Fitted, at)
	for _, l := range side {
		sum += log10(of(l))
	}
	return sum / float64(len(side))
}
