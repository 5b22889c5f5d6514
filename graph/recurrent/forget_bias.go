package recurrent

import (
	"fmt"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
)

// ForgetBias draws a bias of LSTM as another initialiser, and sets the part of the forget gate, the second quarter, to a value.
type ForgetBias struct {
	Others initializer.Initializer
	Value  float64
}

// String is as "forget_bias(1)".
func (f ForgetBias) String() string { return fmt.Sprintf("forget_bias(%g)", f.Value) }

// Fill draws the bias.
func (f ForgetBias) Fill(dst []float64, shape tensor.Shape, fan initializer.Fan, rng *rand.Rand) error {
	if err := f.Others.Fill(dst, shape, fan, rng); err != nil {
		return err
	}
	quarter := len(dst) / 4
	for i := range quarter {
		dst[quarter+i] = f.Value
	}
	return nil
}

var _ initializer.Initializer = ForgetBias{}
