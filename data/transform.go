package data

import (
	"math/rand/v2"

	"gorgonia.org/tensor"
)

// A Transform changes samples on their way into a batch, such as a random crop. The dataset stays as it is. Package data/augment
// has transforms for images.
//
// Several goroutines call the methods of one Transform at once, each with samples of its own.
type Transform interface {
	// Validate returns an error if the transform does not suit the samples of a dataset.
	Validate(ds *Dataset) error
	// Apply changes a sample in place. All that is random comes from the sample's Rand.
	Apply(s *Sample)
}

// A Sample is one sample that a [Transform] may change.
type Sample struct {
	// X are the values of the sample's row of Dataset.X, in row-major order, and Shape is their shape: (channels, height, width)
	// for images. The values may change, their number may not.
	X     []float64
	Shape tensor.Shape
	// Y are the values of the sample's row of Dataset.Y, such as a one-hot row. It is nil if Y holds classes, or is nil.
	Y []float64
	// Rand is the source of what is random. Its numbers depend on the seed, the epoch and the number of the sample alone.
	Rand *rand.Rand

	chain *chain
	stage int // index of the transform that runs
}

// Another draws a sample of the dataset, after the transforms that come before the current one. Its memory is used anew by the
// next call.
func (s *Sample) Another() *Sample {
	other := s.chain.scratch[s.stage]
	s.chain.run(other, s.Rand.IntN(s.chain.samples), s.stage)
	return other
}
