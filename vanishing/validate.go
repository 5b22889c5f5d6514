package vanishing

import "github.com/pkg/errors"

// Validate says what is wrong with a profile that was put together or changed by hand; those of a [Recorder] and of
// [Observe] are valid. Each record needs an entry for each layer and each parameter of the profile, none with a negative
// size, and from layer to layer on the path from input to output the depth must not fall, as the verdict rests on it. Layers
// side by side have one depth.
func (p Profile) Validate() error {
	for _, r := range p.Records {
		if len(r.Layers) != len(p.Layers) || len(r.Params) != len(p.Params) {
			return errors.Errorf("vanishing: the record of step %d has %s and %s, but the profile lists %d and %d: cut both or neither",
				r.Step, count(len(r.Layers), "layer"), count(len(r.Params), "parameter"), len(p.Layers), len(p.Params))
		}
		if n := len(r.Blocks); n != 0 && n != len(p.Blocks) {
			return errors.Errorf("vanishing: the record of step %d has %s, but the profile lists %d: cut both or neither",
				r.Step, count(n, "block"), len(p.Blocks))
		}
		for i, l := range r.Layers {
			if l.DeltaRMS < 0 {
				return errors.Errorf("vanishing: the record of step %d has DeltaRMS %g for layer %q: a root mean square is not negative",
					r.Step, l.DeltaRMS, p.Layers[i].Path)
			}
		}
	}
	path := p.path()
	if len(path) > 0 && p.Layers[path[0]].Depth < 1 {
		return errors.Errorf("vanishing: layer %q has depth %d: number the layers from 1 on, from input to output",
			p.Layers[path[0]].Path, p.Layers[path[0]].Depth)
	}
	for i := 1; i < len(path); i++ {
		before, layer := p.Layers[path[i-1]], p.Layers[path[i]]
		if layer.Depth < before.Depth {
			return errors.Errorf("vanishing: layer %q has depth %d and the one before it, %q, has %d: number the layers from 1 on, from input to output",
				layer.Path, layer.Depth, before.Path, before.Depth)
		}
	}
	return nil
}
