package diagnose

import (
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A level is all layers at one depth: towers side by side, the gates of a cell, the heads of an attention, the steps of a
// recurrent layer. The profile over depth has one value for each level.

// size is the DeltaRMS of the level of a layer: the geometric mean over its layers with a gradient.
func (d *Diagnosis) size(p profile.Profile, at int) float64 {
	side := slices.Concat(p.Level(d.Lost, at), p.Level(d.Blocked, at), p.Level(d.Fitted, at))
	if len(side) == 1 {
		return d.DeltaRMS[side[0]]
	}
	side = slices.DeleteFunc(side, func(l int) bool { return d.DeltaRMS[l] == 0 })
	if len(side) == 0 {
		return 0
	}
	return typical(side, func(l int) float64 { return d.DeltaRMS[l] })
}

// log is the mean of log10 of a number of each layer, over the fitted layers of a level.
func (d *Diagnosis) log(p profile.Profile, at int, of func(layer int) float64) float64 {
	sum, side := 0.0, p.Level(d.Fitted, at)
	for _, l := range side {
		sum += stat.Log10(of(l))
	}
	return sum / float64(len(side))
}
