package op_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// lossOf runs a loss, summed over its elements, and its gradient.
func lossOf(t *testing.T, f func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error), x, target *tensor.Dense) (loss float64, dx []float64) {
	t.Helper()
	in := inputs(x, target)
	l := must(t)(f(in[0], in[1], op.SumReduction))
	g := grad(t, l, in[0])[0]
	run(t, l, g)
	return floats(t, l)[0], floats(t, g)
}

// At the kink of the absolute error the gradient is 0, as in PyTorch. Huber's has a kink in its slope only.
func TestGradientAtTheKinksOfLosses(t *testing.T) {
	x := newTensor(tensor.Float64, []float64{1, 1.5, 0.5, 4}, 4)
	target := newTensor(tensor.Float64, []float64{1, 1, 1, 1}, 4)
	if _, dx := lossOf(t, op.MAE, x, target); !slices.Equal(dx, []float64{0, 1, -1, 1}) {
		t.Errorf("gradient of the absolute error is %v", dx)
	}
	huber := func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
		return op.Huber(x, target, 0.5, r)
	}
	if loss, dx := lossOf(t, huber, x, target); loss != 0+0.125+0.125+0.5*(3-0.25) || !slices.Equal(dx, []float64{0, 0.5, -0.5, 0.5}) {
		t.Errorf("Huber's error is %v, its gradient %v", loss, dx)
	}
}

// Probabilities of exactly 0 and 1 cost nothing where they are right and 100 where they are wrong, where the
// loss is constant, in both float types.
func TestLossesOfCertainProbabilities(t *testing.T) {
	for dt, rounding := range map[tensor.Dtype]float64{tensor.Float32: 0x1p-23, tensor.Float64: 0x1p-52} {
		p := newTensor(dt, []float64{0, 1, 0, 1}, 2, 2)
		y := newTensor(dt, []float64{0, 1, 1, 0}, 2, 2)
		loss, dp := lossOf(t, op.BCE, p, y)
		near(t, fmt.Sprint(dt, " bce"), loss, 200, 200*rounding)
		for i, want := range []float64{1, -1, 0, 0} {
			near(t, fmt.Sprint(dt, " gradient of bce"), dp[i], want, math.Abs(want)*rounding)
		}
		loss, dp = lossOf(t, op.CrossEntropyProbs, p, y)
		near(t, fmt.Sprint(dt, " cross-entropy"), loss, 100, 100*rounding)
		for i, want := range []float64{0, -1, 0, 0} {
			near(t, fmt.Sprint(dt, " gradient of cross-entropy"), dp[i], want, math.Abs(want)*rounding)
		}
	}
}

// The gradient of a loss of probabilities is the slope of that loss: -1/p down to exp(-100), and 0 where the loss is clamped to 100.
func TestLossesOfSmallProbabilities(t *testing.T) {
	for name, f := range map[string]func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error){
		"bce": op.BCE, "cross-entropy": op.CrossEntropyProbs,
	} {
		at := func(dt tensor.Dtype, p float64) (loss, dp float64) {
			loss, all := lossOf(t, f, newTensor(dt, []float64{p}, 1, 1), newTensor(dt, []float64{1}, 1, 1))
			return loss, all[0]
		}
		border := math.Exp(-100)
		for _, p := range []float64{1e-5, 1e-11, 1e-13, 1e-18, 1e-30, 1e-42, 1.01 * border, 0.99 * border, 1e-60, 0} {
			lower, _ := at(tensor.Float64, p*(1-1e-4))
			upper, _ := at(tensor.Float64, p*(1+1e-4))
			loss, dp := at(tensor.Float64, p)
			slope := (upper - lower) / max(2e-4*p, 1e-300)
			near(t, fmt.Sprint(name, ": gradient at ", p), dp, slope, 1e-6*math.Abs(slope))
			near(t, fmt.Sprint(name, " at ", p), loss, min(-math.Log(p), 100), 1e-13)
			if single, dp32 := at(tensor.Float32, p); p > 1e-37 {
				near(t, fmt.Sprint(name, " in float32 at ", p), single, loss, 1e-6*loss)
				near(t, fmt.Sprint(name, ": gradient in float32 at ", p), dp32, dp, 1e-6*math.Abs(dp))
			} else if single != 100 || dp32 != 0 {
				t.Errorf("%s in float32 is %v at %v, its gradient %v", name, single, p, dp32)
			}
		}
	}
}

// On a softmax or a sigmoid that is surely wrong the gradient at the logits is 1, as from logits.
func TestLossesOfSurelyWrongProbabilities(t *testing.T) {
	softmax := func(z, y *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
		return op.CrossEntropyProbs(must(t)(op.Softmax(z)), y, r)
	}
	sigmoid := func(z, y *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
		return op.BCE(must(t)(op.Activate(op.Sigmoid, 0, z)), y, r)
	}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		_, dz := lossOf(t, softmax, newTensor(dt, []float64{-50, 0}, 1, 2), newTensor(dt, []float64{1, 0}, 1, 2))
		near(t, fmt.Sprint(dt, " softmax"), dz[0], -1, 1e-6)
		near(t, fmt.Sprint(dt, " softmax"), dz[1], 1, 1e-6)
		_, dz = lossOf(t, sigmoid, newTensor(dt, []float64{-50}, 1, 1), newTensor(dt, []float64{1}, 1, 1))
		near(t, fmt.Sprint(dt, " sigmoid"), dz[0], -1, 1e-6)
	}
}

// From logits the binary cross-entropy stays linear for large logits, where a probability would round to 0 or 1.
func TestBCEOfLargeLogits(t *testing.T) {
	z := []float64{-1e4, 1e4, -1e4, 1e4, 0}
	y := []float64{0, 1, 1, 0, 1}
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		loss, dz := lossOf(t, op.BCEWithLogits, newTensor(dt, z, 5), newTensor(dt, y, 5))
		near(t, fmt.Sprint(dt, " loss"), loss, 2e4+math.Ln2, 2e4*0x1p-23)
		if want := []float64{0, 0, -1, 1, -0.5}; !slices.Equal(dz, want) {
			t.Errorf("%v: gradient %v, want %v", dt, dz, want)
		}
	}
}

// On a sigmoid the squared error teaches less than cross-entropy, by the factor 2p(1-p) <= 1/2: a unit that is surely
// wrong learns nothing from it. It takes three roundings of numbers of at most 2 to get there.
func TestSquaredErrorOnASigmoidTeachesLess(t *testing.T) {
	z, y := randn(1, 4, 7), uniform(2, 4, 7)
	squared := func(z, y *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
		return op.MSE(must(t)(op.Activate(op.Sigmoid, 0, z)), y, r)
	}
	_, slow := lossOf(t, squared, z, y)
	_, fast := lossOf(t, op.BCEWithLogits, z, y)
	for i, v := range z.Float64s() {
		p := op.Sigmoid.Eval(0, v)
		near(t, "gradient", slow[i], 2*p*(1-p)*fast[i], 6*0x1p-52)
	}
}

// Logits given for probabilities are an error, not a NaN. A NaN itself passes, so that it shows where it arose.
func TestLossesOfWhatIsNoProbability(t *testing.T) {
	losses := map[string]func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error){
		"bce": op.BCE, "cross_entropy": op.CrossEntropyProbs,
	}
	for name, f := range losses {
		for _, bad := range []float64{-0.5, 1.5, math.Inf(1)} {
			in := inputs(newTensor(tensor.Float64, []float64{0.5, 0.5, 0.5, bad}, 2, 2), uniform(1, 2, 2))
			loss := must(t)(f(in[0], in[1], op.MeanReduction))
			err := machine.New(loss.Graph(), loss).RunAll()
			if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "element 3") || !strings.Contains(err.Error(), "logits") {
				t.Errorf("%s of %v: error %v", name, bad, err)
			}
		}
		nan := newTensor(tensor.Float64, []float64{0.5, 0.5, 0.5, math.NaN()}, 2, 2)
		if loss, _ := lossOf(t, f, nan, uniform(1, 2, 2)); !math.IsNaN(loss) {
			t.Errorf("%s of NaN is %v", name, loss)
		}
	}
}
