package diagnose

import (
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A profile over depth takes the layers at one depth together: towers side by side, the gates of a cell, the heads of an
// attention, and the steps of a recurrent layer. These are a level.

// size is the DeltaRMS of a level: that of its layer, or the geometric mean of those of its layers that are not zero.
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

// log is the mean of log10 of a number of the fitted layers of a level.
func (d *Diagnosis) log(p profile.Profile, at int, of func(layer int) float64) float64 {
	sum, side := 0.0, p.Level(d.Fitted, at)
	for _, l := range side {
		sum += stat.Log10(of(l))
	}
	return sum / float64(len(side))
}
