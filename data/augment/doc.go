// Package augment has transforms for images on their way into a batch (data.Transform). They are small values that compose in a
// list, in the order in which they apply:
//
//	trainer.Augment = []data.Transform{augment.PadAndCrop{}, augment.Flip{}, augment.Cutout{}}
//
// [PadAndCrop], [Flip] and [Cutout] want images: X of shape (N, channels, height, width), which Dataset.Reshape makes of rows.
// [Normalize] and [Mixup] take samples of any shape.
//
// Only training samples are augmented. Normalise by Dataset.Normalize before training, so that the validation set gets the same;
// padding and cut-outs, which are 0, then have the colour of the mean. [Normalize] in the list is for black padding: then only the
// validation set goes through Dataset.Normalize.
package augment

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
)

// Normalize maps each x to (x - mean) / std, with moments for each channel or feature, or one of each. data.Dataset measures them:
// ChannelMoments, FeatureMoments, Moments.
type Normalize = data.Moments

// validateImages returns an error unless samples are images.
func validateImages(ds *data.Dataset, transform string) error {
	if shape := ds.X.Shape(); len(shape) != 4 {
		return errors.Errorf("augment: %s: got X of shape %v, want images (N, channels, height, width) (use Dataset.Reshape)", transform, shape)
	}
	return nil
}

// imageSize is the shape of an image.
func imageSize(s *data.Sample) (channels, height, width int) {
	return s.Shape[0], s.Shape[1], s.Shape[2]
}
