package profile

import (
	"math"

	"github.com/pkg/errors"
)

// Validate says what is wrong with a profile that was read from a file, put together or changed by hand; those of a [Recorder]
// and of [Observe] are valid. All that takes a profile relies on it: a valid one may hold NaN and infinities wherever a number
// was measured, and no report of it fails for them.
//
// Each record needs an entry for each layer and each parameter of the profile, no size, count, step or time may be negative,
// indices have to be those of layers, histograms as a recorder counts them, theory has an entry for each layer or none, and from layer to layer on the path from input to
// output the depth must not fall, as the verdict rests on it. Layers side by side have one depth.
func (p Profile) Validate() error {
	for _, check := range []func() error{p.checkRecords, p.checkCounts, p.checkDepths, p.checkBlocks, p.checkTheory, p.checkCost} {
		if err := check(); err != nil {
			return errors.Wrap(err, "profile")
		}
	}
	return nil
}

func (p Profile) checkDepths() error {
	path := p.Path()
	if len(path) > 0 && p.Layers[path[0]].Depth < 1 {
		return errors.Errorf("layer %q has depth %d: number the layers from 1 on, from input to output",
			p.Layers[path[0]].Path, p.Layers[path[0]].Depth)
	}
	for i := 1; i < len(path); i++ {
		before, layer := p.Layers[path[i-1]], p.Layers[path[i]]
		if layer.Depth < before.Depth {
			return errors.Errorf("layer %q has depth %d and the one before it, %q, has %d: number the layers from 1 on, from input to output",
				layer.Path, layer.Depth, before.Path, before.Depth)
		}
	}
	return nil
}

// A counted is a whole number, with its key in JSON.
type counted struct {
	name string
	n    int
}

// mostCounted is the largest number of which float64, and with it every reader of JSON, holds all smaller ones too;
// an int of 32 bits does not go so far.
const mostCounted = min(1<<53, math.MaxInt)

// firstBadCount finds a number that counts nothing.
func firstBadCount(list ...counted) error {
	for _, c := range list {
		if c.n < 0 || c.n > mostCounted {
			return errors.Errorf("got %s %d, want a number from 0 to 2^53", c.name, c.n)
		}
	}
	return nil
}

// checkCounts looks at the whole numbers outside the records.
func (p Profile) checkCounts() error {
	for i, l := range p.Layers {
		if err := firstBadCount(counted{"depth", l.Depth}, counted{"units", l.Units}, counted{"fan_in", l.FanIn}); err != nil {
			return errors.Wrapf(err, "layer %d, %q", i, l.Path)
		}
	}
	for i, param := range p.Params {
		if err := firstBadCount(counted{"depth", param.Depth}, counted{"size", param.Size}); err != nil {
			return errors.Wrapf(err, "parameter %d, %q", i, param.Name)
		}
	}
	for i, s := range p.Paths {
		if err := firstBadCount(counted{"step", s.Step}); err != nil {
			return errors.Wrapf(err, "path-length spectrum %d", i)
		}
	}
	for i, e := range p.History {
		if err := firstBadCount(counted{"epoch", e.Epoch}, counted{"step", e.Step}); err != nil {
			return errors.Wrapf(err, "epoch %d of the history", i)
		}
	}
	err := firstBadCount(counted{"steps", p.Sampling.Steps}, counted{"recorded", p.Sampling.Recorded}, counted{"kept", p.Sampling.Kept})
	return errors.Wrap(err, "sampling")
}

// checkBlocks looks at the layers of each block's branch. A branch without a layer ends before it begins: at the layer
// before, or with the indices that no layer has.
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

func (p Profile) checkTheory() error {
	if t := p.Theory; t != nil && len(t.Layers) > 0 && len(t.Layers) != len(p.Layers) {
		return errors.Errorf("theory: got %d entries in layers, want %d, as many as the profile lists", len(t.Layers), len(p.Layers))
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
