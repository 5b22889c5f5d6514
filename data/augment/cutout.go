package augment

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
)

// Cutout covers a square of the image, in all channels. Its centre is any pixel of the image, so that a part of the square may lie
// outside (DeVries and Taylor 2017).
type Cutout struct {
	Size int     // side of the square in pixels; 0 means half of the image's shorter side
	Fill float64 // value of the square
}

// Validate returns an error for a negative Size, and unless the samples are images.
func (c Cutout) Validate(ds *data.Dataset) error {
	if c.Size < 0 {
		return errors.Errorf("augment: Cutout.Size: got %d, want a positive number, or 0 for half of the shorter side", c.Size)
	}
	return validateImages(ds, "Cutout")
}

// Apply covers the square.
func (c Cutout) Apply(s *data.Sample) {
	channels, height, width := imageSize(s)
	size := c.Size
	if size == 0 {
		size = min(height, width) / 2
	}
	top, left := s.Rand.IntN(height)-size/2, s.Rand.IntN(width)-size/2
	bottom, right := min(top+size, height), min(left+size, width)
	top, left = max(top, 0), max(left, 0)
	for row := range channels * height {
		if y := row % height; y >= top && y < bottom {
			paint(s.X[row*width+left:row*width+right], c.Fill)
		}
	}
}
