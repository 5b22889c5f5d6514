package page

import (
	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// sharpnessOf is the curvature of the loss, of as many steps as the page has spectra of paths.
func sharpnessOf(p vanishing.Profile) []profile.Sharpness {
	list := []profile.Sharpness{}
	for _, i := range evenly.Pick(len(p.Sharpness), maxPaths, -1) {
		s := p.Sharpness[i]
		s.Value, s.Limit, s.Residual, s.Layers, s.Shares = rounded(s.Value), rounded(s.Limit), rounded(s.Residual), roundedList(s.Layers), nil
		list = append(list, s)
	}
	return list
}
