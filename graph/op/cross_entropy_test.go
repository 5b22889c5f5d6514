package op_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

// logitCases are logits (3, 4) with labels, of all sizes that a network can give.
var logitCases = []struct {
	name   string
	logits []float64
	labels []int
}{
	{"usual", []float64{0.3, -1.2, 2.5, 0.1, 4, 4, -3, 0.7, -0.2, 0, 0.2, 0.9}, []int{2, 0, 1}},
	{"equal", []float64{7, 7, 7, 7, 0, 0, 0, 0, -1, -1, -1, -1}, []int{0, 1, 3}},
	{"1e4, right", []float64{1e4, -1e4, 0, 1, -1e4, 1e4, 9999, 0, 5, -5, -1e4, 1e4}, []int{0, 1, 3}},
	{"1e4, wrong", []float64{1e4, -1e4, 0, 1, -1e4, 1e4, 9999, 0, 5, -5, -1e4, 1e4}, []int{1, 0, 2}},
	{"1e30", []float64{1e30, -1e30, 0, 1, -1e30, 1e30, 1, 0, -1e30, -1e30, -1e30, -1e30}, []int{0, 0, 2}},
}

// The gradient of softmax cross-entropy by the logits is (softmax(z) - y)/batch, for logits of any size. Besides the
// last rounding, of one unit in the last place because 1/batch is rounded too, it may have the error of the probability.
func TestCrossEntropyGradientIsSoftmaxMinusTarget(t *testing.T) {
	for dt, ulp := range map[tensor.Dtype]float64{tensor.Float32: 0x1p-23, tensor.Float64: 0x1p-52} {
		for _, c := range logitCases {
			t.Run(fmt.Sprint(dt, " ", c.name), func(t *testing.T) {
				in := inputs(newTensor(dt, c.logits, 3, 4), newLabels(c.labels...))
				loss := must(t)(op.CrossEntropy(in[0], in[1], op.MeanReduction, 0))
				dz := grad(t, loss, in[0])[0]
				run(t, loss, dz)
				z := goldens.Floats(t, in[0].Value().Data())
				for i, got := range floats(t, dz) {
					row := z[i/4*4 : i/4*4+4]
					want := softmaxAt(row, i%4) / 3
					if c.labels[i/4] == i%4 {
						want = (softmaxAt(row, i%4) - 1) / 3
					}
					if math.Abs(got-want) > ulp*(math.Abs(want)+offBy(row)*softmaxAt(row, i%4)/3) {
						t.Errorf("gradient of logit %d is %v, want %v", i, got, want)
					}
				}
				if l := floats(t, loss)[0]; math.IsNaN(l) || math.IsInf(l, 0) || l < 0 {
					t.Errorf("loss is %v", l)
				}
			})
		}
	}
}

// offBy bounds the error of the kernel's probabilities, in units of their last place. Subtracting the largest logit rounds
// differences of up to d to half a unit, which becomes an equal relative error of the exponential; the exponential is right to two
// units. Both errors occur in the probability and in the sum it is divided by, and three roundings are added. Exponentials of less
// than -103 are 0 in float32, and of less than -745 in float64.
func offBy(z []float64) float64 {
	var d float64
	for _, v := range z {
		d = max(d, min(slices.Max(z)-v, 745))
	}
	return 2*(d/2+2) + 3
}

// softmaxAt is exp(z_j)/Σ exp(z_k), the largest logit taken off both.
func softmaxAt(z []float64, j int) float64 {
	top, sum := z[0], 0.0
	for _, v := range z {
		top = math.Max(top, v)
	}
	for _, v := range z {
		sum += math.Exp(v - top)
	}
	return math.Exp(z[j]-top) / sum
}

// Probabilities sum to 1 whatever the logits, so the gradient sums to 0 over the classes of each sample, also with
// smoothing and with distributions as targets. Four roundings of numbers of at most 1 are allowed for.
func TestCrossEntropyGradientSumsToZero(t *testing.T) {
	for _, c := range logitCases {
		for _, smoothing := range []float64{0, 0.1} {
			for name, target := range map[string]*tensor.Dense{"labels": newLabels(c.labels...), "distributions": distributions(1, 3, 4)} {
				in := inputs(newTensor(tensor.Float64, c.logits, 3, 4), target)
				loss := must(t)(op.CrossEntropy(in[0], in[1], op.SumReduction, smoothing))
				dz := grad(t, loss, in[0])[0]
				run(t, dz)
				got := floats(t, dz)
				for i := 0; i < len(got); i += 4 {
					if sum := got[i] + got[i+1] + got[i+2] + got[i+3]; !(math.Abs(sum) <= 4*0x1p-52) {
						t.Errorf("%s, %s, smoothing %v: gradient of sample %d sums to %g", c.name, name, smoothing, i/4, sum)
					}
				}
			}
		}
	}
}

// With equal logits the network knows nothing: the loss is log(classes), and the squared norm of a sample's gradient
// 1 - 1/classes.
func TestCrossEntropyOfEqualLogits(t *testing.T) {
	for _, classes := range []int{2, 3, 10} {
		in := inputs(newTensor(tensor.Float64, make([]float64, classes), 1, classes), newLabels(classes-1))
		loss := must(t)(op.CrossEntropy(in[0], in[1], op.MeanReduction, 0))
		dz := grad(t, loss, in[0])[0]
		run(t, loss, dz)
		k := float64(classes)
		if got, want := floats(t, loss)[0], math.Log(k); math.Abs(got-want) > 1e-15*want {
			t.Errorf("%d classes: loss %v, want %v", classes, got, want)
		}
		var square float64
		for _, v := range floats(t, dz) {
			square += v * v
		}
		if want := 1 - 1/k; math.Abs(square-want) > 1e-15 {
			t.Errorf("%d classes: squared norm of the gradient %v, want %v", classes, square, want)
		}
	}
}

// Labels, and distributions that are 1 at the label, are the same target. Logits with labels go through a kernel of their
// own: its exponentials are right to two units in the last place, and the sums have some roundings more.
func TestLabelsAreOneHotDistributions(t *testing.T) {
	type loss = func(in ...*tensor.Dense) (loss, grad []float64)
	evaluate := func(probs bool) loss {
		return func(values ...*tensor.Dense) ([]float64, []float64) {
			in := inputs(values...)
			l, err := op.CrossEntropy(in[0], in[1], op.MeanReduction, 0)
			if probs {
				l, err = op.CrossEntropyProbs(in[0], in[1], op.MeanReduction)
			}
			y := must(t)(l, err)
			dx := grad(t, y, in[0])[0]
			run(t, y, dx)
			return floats(t, y), floats(t, dx)
		}
	}
	oneHot := newTensor(tensor.Float64, []float64{0, 0, 1, 1, 0, 0}, 2, 3)
	for name, f := range map[string]loss{"logits": evaluate(false), "probabilities": evaluate(true)} {
		x := distributions(2, 2, 3)
		loss1, grad1 := f(x, newLabels(2, 0))
		loss2, grad2 := f(x, oneHot)
		if goldens.RelErr(loss1, loss2) > 8*0x1p-52 || goldens.RelErr(grad1, grad2) > 8*0x1p-52 {
			t.Errorf("%s: labels give %v and %v, one-hot rows %v and %v", name, loss1, grad1, loss2, grad2)
		}
	}
}
