package vanishing

import (
	"math"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// variance returns the variance declared by a parameter's initialiser, or else the mean square of its values.
func (p *netReader) variance(b *graph.Binding) (float64, error) {
	mean, std := valueMeanStd(b.Value)
	square := float64(mean*mean + std*std)
	if b.Role == graph.Weight {
		if err := checkCentred(b, float64(mean), square); err != nil {
			return 0, err
		}
	}
	if v, declared := initializer.Variance(b.Init, b.Fan, b.Value.Shape()); declared {
		return v, nil
	}
	p.measured = true
	return square, nil
}

// checkCentred returns an error for weights whose mean is not 0. A mean m adds the same value to all units; for similar inputs,
// fan-in·m² has the same effect as the mean square of the weights. The mean of n draws around 0 is within 5·rms/√n.
func checkCentred(b *graph.Binding, mean, square float64) error {
	const share, deviations = 0.1, 5
	if m := mean * mean; m*float64(b.Fan.In) <= share*square || m*float64(b.Size()) <= deviations*deviations*square {
		return nil
	}
	return errors.Errorf("theory covers only weights with mean 0: the mean of %s is %.3g, its root mean square %.3g", b.Name, mean, math.Sqrt(square))
}

// checkCentredBias returns an error for biases whose mean is not 0, if it is a noticeable part of the size of the pre-activations, which
// is that of the weights for inputs of mean square 1. The mean of n draws around 0 is within 5·rms/√n.
func checkCentredBias(b *graph.Binding, l theory.Layer) error {
	const share, deviations = 0.1, 5
	mean, std := valueMeanStd(b.Value)
	spread := deviations * float64(std) / math.Sqrt(float64(b.Size()))
	if m := math.Abs(float64(mean)); m > spread && m > share*math.Sqrt(l.WeightVar*float64(l.In)) {
		return errors.Errorf("theory covers only biases with mean 0: the mean of %s is %.3g", b.Name, mean)
	}
	return nil
}

// zeroGain reports whether the initial gain of a normalisation is 0. It returns an error for a gain other than 0 or 1.
func (p *netReader) zeroGain(b *graph.Binding) (bool, error) {
	if _, declared := b.Init.(initializer.Constant); !declared {
		p.measured = true
	}
	mean, std := valueMeanStd(b.Value)
	if std != 0 || mean != 0 && mean != 1 {
		return false, errors.Errorf("theory covers only gains of 0 or 1: %s has other values", b.Name)
	}
	return mean == 0, nil
}
