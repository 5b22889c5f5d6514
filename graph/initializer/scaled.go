package initializer

import (
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Scaled draws numbers by another rule and multiplies them by Factor.
type Scaled struct {
	By     Initializer
	Factor float64
}

func (s Scaled) String() string { return fmt.Sprintf("%.4g times %v", s.Factor, s.By) }

// Fill implements Initializer.
func (s Scaled) Fill(dst []float64, shape tensor.Shape, fan Fan, rng *rand.Rand) error {
	if s.By == nil || !isFinite(s.Factor) {
		return fillError(s, shape, errors.New("want a rule and a finite factor"))
	}
	if err := s.By.Fill(dst, shape, fan, rng); err != nil {
		return err
	}
	for i := range dst {
		dst[i] *= s.Factor
	}
	return nil
}

// Variance implements [Varied].
func (s Scaled) Variance(fan Fan, shape tensor.Shape) (float64, bool) {
	variance, known := Variance(s.By, fan, shape)
	return variance * s.Factor * s.Factor, known && isFinite(s.Factor)
}
