package initializer

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// The rules in this file scale the weights by the number of connections, so
// that a signal keeps its size from layer to layer.

var (
	_ Initializer = XavierUniform{}
	_ Initializer = XavierNormal{}
	_ Initializer = HeUniform{}
	_ Initializer = HeNormal{}
	_ Initializer = LeCunUniform{}
	_ Initializer = LeCunNormal{}
	_ Initializer = TorchDefault{}
)

// XavierUniform draws from U(-a, a) with a = Gain sqrt(6/(in+out)): Glorot and
// Bengio 2010, eq. 16. The variance is 2 Gain^2/(in+out), a compromise between
// keeping the signal's size forward (1/in) and backward (1/out). It suits tanh
// and sigmoid. Gain 0 means 1.
type XavierUniform struct{ Gain float64 }

func (x XavierUniform) String() string { return gainName("xavier_uniform", x.Gain, 1) }

// Fill implements Initializer.
func (x XavierUniform) Fill(dst []float64, shape tensor.Shape, fan Fan, rng *rand.Rand) error {
	std, err := xavierStd(x.Gain, fan)
	if err != nil {
		return fillError(x, shape, err)
	}
	return fillError(x, shape, drawSymmetric(dst, shape, rng, std))
}

// XavierNormal draws from N(0, 2 Gain^2/(in+out)), the variance of
// XavierUniform. Gain 0 means 1.
type XavierNormal struct{ Gain float64 }

func (x XavierNormal) String() string { return gainName("xavier_normal", x.Gain, 1) }

// Fill implements Initializer.
func (x XavierNormal) Fill(dst []float64, shape tensor.Shape, fan Fan, rng *rand.Rand) error {
	std, err := xavierStd(x.Gain, fan)
	if err != nil {
		return fillError(x, shape, err)
	}
	return fillError(x, shape, drawNormal(dst, shape, rng, 0, std))
}

// HeUniform draws from U(-a, a) with a = Gain sqrt(3/fan), the variance of
// HeNormal. Fan is fan-in, or fan-out with FanOut. Gain 0 means sqrt 2.
type HeUniform struct {
	Gain   float64
	FanOut bool
}

func (h HeUniform) String() string {
	return gainName(heName("he_uniform", h.FanOut), h.Gain, math.Sqrt2)
}

// Fill implements Initializer.
func (h HeUniform) Fill(dst []float64, shape tensor.Shape, fan Fan, rng *rand.Rand) error {
	std, err := heStd(h.Gain, fan, h.FanOut)
	if err != nil {
		return fillError(h, shape, err)
	}
	return fillError(h, shape, drawSymmetric(dst, shape, rng, std))
}

// HeNormal draws from N(0, Gain^2/fan). Gain 0 means sqrt 2, which
// compensates for the half of the signal that ReLU drops: He et al. 2015, eq. 10 for
// fan-in, which keeps the signal's size forward, and eq. 14 for fan-out
// (FanOut), which keeps the gradient's size backward.
type HeNormal struct {
	Gain   float64
	FanOut bool
}

func (h HeNormal) String() string { return gainName(heName("he_normal", h.FanOut), h.Gain, math.Sqrt2) }

// Fill implements Initializer.
func (h HeNormal) Fill(dst []float64, shape tensor.Shape, fan Fan, rng *rand.Rand) error {
	std, err := heStd(h.Gain, fan, h.FanOut)
	if err != nil {
		return fillError(h, shape, err)
	}
	return fillError(h, shape, drawNormal(dst, shape, rng, 0, std))
}

// LeCunUniform draws from U(-a, a) with a = sqrt(3/in), so with variance 1/in.
type LeCunUniform struct{}

func (LeCunUniform) String() string { return "lecun_uniform" }

// Fill implements Initializer.
func (l LeCunUniform) Fill(dst []float64, shape tensor.Shape, fan Fan, rng *rand.Rand) error {
	std, err := fanStd(1, fan.In)
	if err != nil {
		return fillError(l, shape, err)
	}
	return fillError(l, shape, drawSymmetric(dst, shape, rng, std))
}

// LeCunNormal draws from N(0, 1/in): LeCun et al. 1998, Efficient BackProp,
// section 4.6. SELU needs it (Klambauer et al. 2017).
type LeCunNormal struct{}

func (LeCunNormal) String() string { return "lecun_normal" }

// Fill implements Initializer.
func (l LeCunNormal) Fill(dst []float64, shape tensor.Shape, fan Fan, rng *rand.Rand) error {
	std, err := fanStd(1, fan.In)
	if err != nil {
		return fillError(l, shape, err)
	}
	return fillError(l, shape, drawNormal(dst, shape, rng, 0, std))
}

// TorchDefault draws weights and biases from U(-a, a) with a = 1/sqrt(in), as
// torch.nn.Linear does by default. The variance is 1/(3 in), so a deep network
// without normalisation starts with a shrinking signal.
type TorchDefault struct{}

func (TorchDefault) String() string { return "torch" }

// Fill implements Initializer.
func (t TorchDefault) Fill(dst []float64, shape tensor.Shape, fan Fan, rng *rand.Rand) error {
	bound, err := fanStd(1, fan.In)
	if err != nil {
		return fillError(t, shape, err)
	}
	return fillError(t, shape, drawUniform(dst, shape, rng, -bound, bound))
}

func xavierStd(gain float64, fan Fan) (float64, error) {
	gain, err := positiveGain(gain, 1)
	if err != nil {
		return 0, err
	}
	return fanStd(gain, fan.In, fan.Out)
}

func heStd(gain float64, fan Fan, out bool) (float64, error) {
	gain, err := positiveGain(gain, math.Sqrt2)
	if err != nil {
		return 0, err
	}
	if out {
		return fanStd(gain, fan.Out)
	}
	return fanStd(gain, fan.In)
}

func heName(name string, fanOut bool) string {
	if fanOut {
		return name + "_fan_out"
	}
	return name
}

// fanStd is gain/sqrt(mean of fans), a standard deviation.
func fanStd(gain float64, fans ...int) (float64, error) {
	sum := 0.0
	for _, fan := range fans {
		if fan < 1 {
			return 0, errors.Errorf("got fan %d, want at least 1", fan)
		}
		sum += float64(fan)
	}
	return gain / math.Sqrt(sum/float64(len(fans))), nil
}

// drawSymmetric draws from the uniform distribution around 0 of the given
// standard deviation.
func drawSymmetric(dst []float64, shape tensor.Shape, rng *rand.Rand, std float64) error {
	bound := math.Sqrt(3) * std
	return drawUniform(dst, shape, rng, -bound, bound)
}
