package plot

import (
	"fmt"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train"
)

// Rates draws the losses of a learning-rate test, [train.Trainer.FindRate], over the rate, with the suggested rate as a line. Losses far
// above the first one, where training has diverged, are left out. The error is [ErrEmpty] for a test of fewer than two steps.
func Rates(c train.RateCurve) (*Figure, error) {
	n := len(c.Rates)
	if len(c.Losses) != n || len(c.Smoothed) != n {
		return nil, errors.Errorf("plot: rates: got %d rates, %d losses and %d smoothed losses, want as many of each", n, len(c.Losses), len(c.Smoothed))
	}
	if n < 2 {
		return nil, errors.Wrapf(ErrEmpty, "plot: rates: got a test of %d steps, want two or more", n)
	}
	low, high := lossRange(c)
	lines := Lines{
		Title: "The loss over the learning rate", X: "learning rate", Y: "loss", LogX: true, Low: low, High: high,
		Note: "A short training at a rate that grows in each step. Suggested is the rate at which the losses fall fastest. " +
			"Losses above the upper end of the axis are left out.",
		Series: []Series{
			{Name: "batches", X: c.Rates, Y: within(c.Losses, low, high), Style: 6, Plain: true},
			{Name: "smoothed", X: c.Rates, Y: within(c.Smoothed, low, high), Style: 2},
		},
	}
	if !math.IsNaN(c.Suggested) {
		line := Series{Name: fmt.Sprintf("suggested: %.2g", c.Suggested), X: []float64{c.Suggested, c.Suggested}, Y: []float64{low, high}, Style: 1, Dotted: true}
		lines.Series = append(lines.Series, line)
	}
	return lines.Draw()
}

// lossRange is the part of the losses that is worth seeing: as far above the first smoothed loss as the least one is below it.
func lossRange(c train.RateCurve) (low, high float64) {
	first, least := c.Smoothed[0], slices.Min(c.Smoothed)
	return min(least, slices.Min(c.Losses)), first + max(first-least, 0.1*math.Abs(first), 1e-9)
}

// within are numbers, with NaN in place of those out of range.
func within(values []float64, low, high float64) []float64 {
	kept := slices.Clone(values)
	for i, v := range kept {
		if v < low || v > high {
			kept[i] = math.NaN()
		}
	}
	return kept
}
