package augment

import (
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/stat/distuv"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// Mixup replaces a sample x with targets y by a mixture with another one, x', y', drawn from the whole dataset (Zhang et al. 2018):
//
//	λ·x + (1-λ)·x'   with targets   λ·y + (1-λ)·y'   and λ from the distribution Beta(Alpha, Alpha)
//
// The other sample goes through the transforms before this one. Each sample has its own λ.
//
// Targets are numbers or one-hot rows, which a mixture turns into a distribution over classes. For classes use Dataset.OneHot on
// the training and the validation set, and graph.CrossEntropy{OneHot: true}. The accuracy of training then counts the class with the
// larger share as right. Further columns stay as they are.
type Mixup struct {
	Alpha float64 // 0 means 1, at which λ is uniform; smaller values give mixtures closer to one of the samples
}

// Validate returns an error for a bad Alpha, and for targets that cannot be mixed.
func (m Mixup) Validate(ds *data.Dataset) error {
	if !(m.Alpha >= 0) || math.IsInf(m.Alpha, 0) {
		return errors.Errorf("augment: Mixup.Alpha: got %v, want a positive number, or 0 for 1", m.Alpha)
	}
	if ds.Y != nil && ds.Y.Dtype() == tensor.Int {
		return errors.New("augment: Mixup: got classes of type int in Y, want one-hot rows (use Dataset.OneHot and graph.CrossEntropy{OneHot: true})")
	}
	return nil
}

// Apply mixes the sample with another one.
func (m Mixup) Apply(s *data.Sample) {
	alpha := m.Alpha
	if alpha == 0 {
		alpha = 1
	}
	share := distuv.Beta{Alpha: alpha, Beta: alpha, Src: s.Rand}.Rand()
	if math.IsNaN(share) { // 0/0: an underflow, if Alpha is so small that λ is 0 or 1
		share = 1
	}
	other := s.Another()
	mix(s.X, other.X, share)
	mix(s.Y, other.Y, share)
}

// mix makes x a mixture that has a share of x.
func mix(x, other []float64, share float64) {
	for i := range x {
		x[i] = share*x[i] + (1-share)*other[i]
	}
}
