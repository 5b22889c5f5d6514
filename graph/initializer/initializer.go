package initializer

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
)

// Fan tells how a weight is connected: In inputs are summed into one output,
// and one input reaches Out outputs. A dense layer y = x.W + b with W of shape
// (in, out) has Fan{in, out}, for its bias too.
type Fan struct{ In, Out int }

// Initializer draws the first value of a parameter.
type Initializer interface {
	// Fill fills dst, the row-major elements of a tensor of the given shape.
	// All randomness comes from rng, so that the same seed gives the same
	// numbers. Invalid numbers (a negative standard deviation, a fan below 1)
	// are errors.
	Fill(dst []float64, shape tensor.Shape, fan Fan, rng *rand.Rand) error

	// String names the rule with its numbers, as in "he_normal(gain=1.414)".
	String() string
}

var (
	_ Initializer = Constant{}
	_ Initializer = Uniform{}
	_ Initializer = Normal{}
)

// Constant gives every element the same Value. The zero value gives zeros.
type Constant struct{ Value float64 }

func (c Constant) String() string { return fmt.Sprintf("constant(value=%v)", c.Value) }

// Fill implements Initializer. It draws nothing: rng may be nil.
func (c Constant) Fill(dst []float64, shape tensor.Shape, _ Fan, _ *rand.Rand) error {
	if !isFinite(c.Value) {
		return fillError(c, shape, errors.New("want a finite value"))
	}
	if err := checkDst(dst, shape); err != nil {
		return fillError(c, shape, err)
	}
	for i := range dst {
		dst[i] = c.Value
	}
	return nil
}

// Uniform draws from U(Low, High), which has the standard deviation
// (High-Low)/sqrt(12). The zero value is U(0, 0): all zeros.
type Uniform struct{ Low, High float64 }

func (u Uniform) String() string { return fmt.Sprintf("uniform(low=%v, high=%v)", u.Low, u.High) }

// Fill implements Initializer.
func (u Uniform) Fill(dst []float64, shape tensor.Shape, _ Fan, rng *rand.Rand) error {
	// The difference of two finite numbers may still overflow.
	if u.Low > u.High || !isFinite(u.High-u.Low) {
		return fillError(u, shape, errors.New("want finite bounds with low <= high"))
	}
	return fillError(u, shape, drawUniform(dst, shape, rng, u.Low, u.High))
}

// Normal draws from N(Mean, Std^2). The zero value is N(0, 0): all zeros.
type Normal struct{ Mean, Std float64 }

func (n Normal) String() string { return fmt.Sprintf("normal(mean=%v, std=%v)", n.Mean, n.Std) }

// Fill implements Initializer.
func (n Normal) Fill(dst []float64, shape tensor.Shape, _ Fan, rng *rand.Rand) error {
	if n.Std < 0 || !isFinite(n.Std) || !isFinite(n.Mean) {
		return fillError(n, shape, errors.New("want a finite mean and a finite std >= 0"))
	}
	return fillError(n, shape, drawNormal(dst, shape, rng, n.Mean, n.Std))
}

func drawUniform(dst []float64, shape tensor.Shape, rng *rand.Rand, low, high float64) error {
	if err := checkDraw(dst, shape, rng); err != nil {
		return err
	}
	for i := range dst {
		// The conversion keeps the product from being fused into the sum, so
		// that every machine rounds alike.
		dst[i] = low + float64((high-low)*rng.Float64())
	}
	return nil
}

func drawNormal(dst []float64, shape tensor.Shape, rng *rand.Rand, mean, std float64) error {
	if err := checkDraw(dst, shape, rng); err != nil {
		return err
	}
	for i := range dst {
		dst[i] = mean + float64(std*rng.NormFloat64())
	}
	return nil
}

func checkDraw(dst []float64, shape tensor.Shape, rng *rand.Rand) error {
	if rng == nil {
		return errors.New("rng is nil, want a seeded rand.New(rand.NewPCG(seed, stream))")
	}
	return checkDst(dst, shape)
}

func checkDst(dst []float64, shape tensor.Shape) error {
	n, err := tensors.Size(shape)
	if err != nil {
		return err
	}
	if len(dst) != n {
		return errors.Errorf("got dst of %d elements, want %d for the shape", len(dst), n)
	}
	return nil
}

// fillError adds to err the rule and the shape that failed. It is nil for a nil err.
func fillError(rule Initializer, shape tensor.Shape, err error) error {
	return errors.Wrapf(err, "initializer: %v for shape %v", rule, shape)
}

// positiveGain returns gain, or byDefault where gain is left at 0.
func positiveGain(gain, byDefault float64) (float64, error) {
	if gain == 0 {
		return byDefault, nil
	}
	if gain < 0 || !isFinite(gain) {
		return 0, errors.Errorf("got gain %v, want a positive number, or 0 for the default %.4g", gain, byDefault)
	}
	return gain, nil
}

// gainName names a rule with its gain, or with byDefault where gain is 0.
func gainName(name string, gain, byDefault float64) string {
	if gain == 0 {
		gain = byDefault
	}
	return fmt.Sprintf("%s(gain=%.4g)", name, gain)
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
