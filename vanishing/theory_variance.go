package vanishing

import (
	"math"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// variance is the variance that a parameter's initialiser declares, or else the mean square of its values.
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

// checkCentred returns an error for weights whose mean is not 0. A mean m adds the same to all units: fan-in m² counts as much
// as the mean square of the weights where the inputs are alike. The mean of n draws around 0 is within 5 root mean squares/√n.
func checkCentred(b *graph.Binding, mean, square float64) error {
	const share, deviations = 0.1, 5
	if m := mean * mean; m*float64(b.Fan.In) <= share*square || m*float64(b.Size()) <= deviations*deviations*square {
		return nil
	}
	return errors.Errorf("the mean of %s is %.3g at a root mean square of %.3g, and theory covers weights around 0 only", b.Name, mean, math.Sqrt(square))
}

// zeroGain tells whether the gain of a normalisation is 0 at the start, and not 1. Theory covers no others.
func (p *netReader) zeroGain(b *graph.Binding) (bool, error) {
	if _, declared := b.Init.(initializer.Constant); !declared {
		p.measured = true
	}
	mean, std := valueMeanStd(b.Value)
	if std != 0 || mean != 0 && mean != 1 {
		return false, errors.Errorf("the gain %s is neither 1 nor 0 everywhere", b.Name)
	}
	return mean == 0, nil
}
