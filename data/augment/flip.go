package augment

import (
	"slices"

	"github.com/gradflow/gradflow/data"
)

// Flip mirrors every second image, chosen at random: left becomes right.
type Flip struct{}

// Validate returns an error unless the samples are images.
func (Flip) Validate(ds *data.Dataset) error { return validateImages(ds, "Flip") }

// Apply mirrors the image or leaves it alone.
func (Flip) Apply(s *data.Sample) {
	if s.Rand.IntN(2) == 0 {
		return
	}
	_, _, width := imageSize(s)
	for i := 0; i < len(s.X); i += width {
		slices.Reverse(s.X[i : i+width])
	}
}
