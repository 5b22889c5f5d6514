package profile

import (
	"math"

	"github.com/pkg/errors"
)

// Validate checks a profile that was read from a file, or made or changed by hand; recorded profiles are valid. Diagnoses and
// reports accept every valid profile. Its measured numbers may be NaN or infinite.
//
//   - The records are in the order of their steps, each step once.
//   - Each record has an entry for each layer and each parameter of the profile.
//   - No size, count, step or time is negative.
//   - The layers of blocks are indices into Layers.
//   - The steps of sequences are in order, and each record with details of them has a number for each.
//   - Each record with details of attentions has an entry for each of their heads, and maps are of at most 16 by 16.
//   - A histogram has as many negative as positive buckets, within the exponents of float64.
//   - Theory and sharpness have an entry for each layer, or none.
//   - The depth starts at 1 or more and does not fall along the path from input to output, as the verdict rests on it. Layers
//     side by side have the same depth.
func (p Profile) Validate() error {
	for _, check := range []func() error{p.checkRecords, p.checkCounts, p.checkDepths, p.checkBlocks, p.checkSequences, p.checkAttentions, p.checkTheory, p.checkSharpness, p.checkCost, p.checkNonFinite} {
		if err := check(); err != nil {
			return errors.Wrap(err, "profile")
		}
	}
	return nil
}

func (p Profile) checkDepths() error {
	path := p.Path()
	if len(path) > 0 && p.Layers[path[0]].Depth < 1 {
		return errors.Errorf("layer %q: got depth %d, want 1 or more (number the layers from input to output)",
			p.Layers[path[0]].Path, p.Layers[path[0]].Depth)
	}
	for i := 1; i < len(path); i++ {
		before, layer := p.Layers[path[i-1]], p.Layers[path[i]]
		if layer.Depth < before.Depth {
			return errors.Errorf("layer %q: got depth %d, want at least %d, the depth of layer %q before it (number the layers from input to output)",
				layer.Path, layer.Depth, before.Depth, before.Path)
		}
	}
	return nil
}

// A count is a whole number with its JSON key.
type count struct {
	name string
	n    int
}

// maxCount bounds whole numbers: up to 2^53 float64, which many readers of JSON use, holds all of them.
const maxCount = min(1<<53, math.MaxInt)

// checkCount returns an error for the first count out of range.
func checkCount(list ...count) error {
	for _, c := range list {
		if c.n < 0 || c.n > maxCount {
			return errors.Errorf("got %s %d, want a number from 0 to 2^53", c.name, c.n)
		}
	}
	return nil
}

// checkCounts checks the whole numbers outside the records.
func (p Profile) checkCounts() error {
	for i, l := range p.Layers {
		if err := checkCount(count{"depth", l.Depth}, count{"units", l.Units}, count{"fan_in", l.FanIn}); err != nil {
			return errors.Wrapf(err, "layer %d, %q", i, l.Path)
		}
	}
	for i, param := range p.Params {
		if err := checkCount(count{"depth", param.Depth}, count{"size", param.Size}); err != nil {
			return errors.Wrapf(err, "parameter %d, %q", i, param.Name)
		}
	}
	for i, s := range p.Paths {
		if err := checkCount(count{"step", s.Step}); err != nil {
			return errors.Wrapf(err, "path-length spectrum %d", i)
		}
	}
	for i, s := range p.Sharpness {
		if err := checkCount(count{"step", s.Step}, count{"gradients", s.Gradients}); err != nil {
			return errors.Wrapf(err, "sharpness %d", i)
		}
	}
	for i, e := range p.History {
		if err := checkCount(count{"epoch", e.Epoch}, count{"step", e.Step}); err != nil {
			return errors.Wrapf(err, "epoch %d of the history", i)
		}
	}
	err := checkCount(count{"steps", p.Sampling.Steps}, count{"recorded", p.Sampling.Recorded}, count{"kept", p.Sampling.Kept})
	return errors.Wrap(err, "sampling")
}

// checkBlocks checks the first and last layer of each block's branch. A branch without layers has Last = First-1, or, with no
// layer after it, First = len(Layers) and Last = -1.
func (p Profile) checkBlocks() error {
	n := len(p.Layers)
	for i, b := range p.Blocks {
		layers := 0 <= b.First && b.First <= b.Last && b.Last < n
		empty := 0 <= b.First && b.First <= n && (b.Last == b.First-1 || b.First == n && b.Last == -1)
		if !layers && !empty {
			return errors.Errorf("block %d, %q: got first %d and last %d, want indices of layers in this order, from 0 to %d", i, b.Path, b.First, b.Last, n-1)
		}
	}
	return nil
}

// checkSharpness checks that there is a number for each layer, or none.
func (p Profile) checkSharpness() error {
	for i, s := range p.Sharpness {
		for _, list := range [][]Number{s.Layers, s.Shares} {
			if n := len(list); n > 0 && n != len(p.Layers) {
				return errors.Errorf("sharpness %d: got %d layers, want %d, as many as the profile lists", i, n, len(p.Layers))
			}
		}
	}
	return nil
}

func (p Profile) checkTheory() error {
	if t := p.Theory; t != nil && len(t.Layers) > 0 && len(t.Layers) != len(p.Layers) {
		return errors.Errorf("theory: got %d entries in layers, want %d, as many as the profile lists", len(t.Layers), len(p.Layers))
	}
	if t := p.Theory; t != nil && len(t.Signal) > 0 && len(t.Signal) != len(p.Blocks) {
		return errors.Errorf("theory: got %d entries in signal, want %d, as many as the profile lists blocks", len(t.Signal), len(p.Blocks))
	}
	return nil
}

func (p Profile) checkCost() error {
	if p.Cost == nil {
		return nil
	}
	for _, time := range []struct {
		key     string
		seconds float64
	}{{"run_s", p.Cost.Run}, {"recording_s", p.Cost.Recording}, {"once_s", p.Cost.Once}} {
		if !(time.seconds >= 0) || math.IsInf(time.seconds, 1) {
			return errors.Errorf("cost: got %s %g, want seconds, 0 or more", time.key, time.seconds)
		}
	}
	return nil
}
