package vanishing_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// formula is a loss of a user's own, drawn with operations of Gorgonia.
type formula func(x, t *gorgonia.Node) *gorgonia.Node

func (formula) Target(output tensor.Shape, dtype tensor.Dtype) (tensor.Shape, tensor.Dtype) {
	return output, dtype
}
func (f formula) Apply(_ *graph.Builder, x, t *gorgonia.Node) *gorgonia.Node { return f(x, t) }
func (formula) Reduction() graph.Reduction                                   { return graph.Mean }
func (formula) String() string                                               { return "formula" }

func difference(x, t *gorgonia.Node) *gorgonia.Node { return gorgonia.Must(gorgonia.Sub(x, t)) }
func product(x, t *gorgonia.Node) *gorgonia.Node    { return gorgonia.Must(gorgonia.HadamardProd(x, t)) }
func average(x *gorgonia.Node) *gorgonia.Node       { return gorgonia.Must(gorgonia.Mean(x)) }

// shifted is the squared error times a factor, with a constant added.
func shifted(factor, constant float64) formula {
	return func(x, t *gorgonia.Node) *gorgonia.Node {
		scaled := gorgonia.Must(gorgonia.Mul(average(gorgonia.Must(gorgonia.Square(difference(x, t)))), gorgonia.NewConstant(factor)))
		return gorgonia.Must(gorgonia.Add(scaled, gorgonia.NewConstant(constant)))
	}
}

// counts is the negative logarithm of the likelihood of Poisson counts, without the factorials, with the logarithm of the rate around 6.9.
func counts(x, t *gorgonia.Node) *gorgonia.Node {
	z := gorgonia.Must(gorgonia.Add(x, gorgonia.NewConstant(6.9)))
	return average(difference(gorgonia.Must(gorgonia.Exp(z)), product(z, t)))
}

// utility is what bets within the bounds of -1 and 1 win, with the sign turned.
func utility(x, t *gorgonia.Node) *gorgonia.Node {
	return gorgonia.Must(gorgonia.Neg(average(product(gorgonia.Must(gorgonia.Tanh(x)), t))))
}

// critic has no least value, as that of a Wasserstein GAN: the outputs of one kind are to be as far above those of the other as can be.
func critic(x, t *gorgonia.Node) *gorgonia.Node {
	return gorgonia.Must(gorgonia.Neg(average(product(x, t))))
}

// functionData are a smooth function of two of six inputs, which are multiplied by a scale.
func functionData(scale float64, target func(float64) float64) *data.Dataset {
	const n = 512
	rng := rand.New(rand.NewPCG(11, 1))
	x, y := make([]float64, 6*n), make([]float64, n)
	for i := range x {
		x[i] = 2*rng.Float64() - 1
	}
	for i := range n {
		y[i] = target(math.Sin(3*x[6*i]) + 2*x[6*i+1]*x[6*i+2])
	}
	for i := range x {
		x[i] *= scale
	}
	return &data.Dataset{X: dense(x, n, 6), Y: dense(y, n, 1)}
}

// A loss of the user's own may have any least value, and be negative: what is judged is how far it has come from guessing to the least. With
// inputs of next to nothing a network learns no more than the mean.
func TestVerdictOfLossesWithAnyFloor(t *testing.T) {
	small := func(y float64) float64 { return 0.05 * y }
	for name, c := range map[string]struct {
		loss   graph.Loss
		target func(float64) float64
	}{
		"likelihood of normal numbers":    {shifted(200, -2.077), small},
		"squared error and a large sum":   {shifted(200, 100), small},
		"squared error and a larger debt": {shifted(200, -1000), small},
		"likelihood of counts":            {formula(counts), func(y float64) float64 { return math.Round(1000 * math.Exp(0.3*y)) }},
		"utility":                         {formula(utility), small},
	} {
		for _, learns := range []bool{true, false} {
			scale, want := 1e-6, vanishing.Stuck
			if learns {
				scale, want = 1, vanishing.Healthy
			}
			d := diagnoseLoss(t, c.loss, functionData(scale, c.target))
			if d.Verdict != want {
				t.Errorf("%s, learns %v: got %v, want %v: %s", name, learns, d.Verdict, want, d.Sentence)
			}
			if again := vanishing.Diagnose(d.Profile); again.Verdict != d.Verdict || again.Sentence != d.Sentence {
				t.Errorf("%s, learns %v: the diagnosis of its own profile is %v: %s", name, learns, again.Verdict, again.Sentence)
			}
		}
	}
}

// Of a loss without a least value it is not known how much there is to learn.
func TestVerdictOfALossWithoutAFloor(t *testing.T) {
	d := diagnoseLoss(t, formula(critic), functionData(1, func(y float64) float64 { return math.Copysign(1, y) }))
	if d.Verdict != vanishing.Healthy || d.Profile.Baseline != 0 {
		t.Errorf("got %v with a loss of guessing of %g, want healthy without one: %s", d.Verdict, d.Profile.Baseline, d.Sentence)
	}
	for _, r := range d.Profile.Records {
		if r.Details != nil && r.Details.Floor != nil {
			t.Fatalf("step %d: got a floor of %g, want none", r.Step, *r.Details.Floor)
		}
	}
}

// The floor of squared errors is what is added to them, to some roundings of float64.
func TestFloorOfSquaredErrors(t *testing.T) {
	for _, constant := range []float64{0, -3, 100} {
		d := diagnoseLoss(t, shifted(1, constant), functionData(1, func(y float64) float64 { return y }))
		found := 0
		for _, r := range d.Profile.Records {
			if r.Details == nil {
				continue
			}
			if found++; r.Details.Floor == nil || math.Abs(float64(*r.Details.Floor)-constant) > 1e-9*(1+math.Abs(constant)) {
				t.Fatalf("step %d: got the floor %v, want %g", r.Step, r.Details.Floor, constant)
			}
		}
		if found == 0 {
			t.Error("no record has details")
		}
	}
}

func diagnoseLoss(t *testing.T, loss graph.Loss, set *data.Dataset) vanishing.Diagnosis {
	t.Helper()
	recorder := &vanishing.Recorder{Histograms: vanishing.Never}
	trainer := &train.Trainer{
		Model: mlp.Model{Input: 6, Depth: 3, Width: 24, Output: 1, Activation: graph.Tanh}, Loss: loss, Optimizer: &optim.Adam{LearningRate: 0.003},
		Params: graph.NewParams(tensor.Float64, 1), BatchSize: 32, Epochs: 25, Seed: 1, Callbacks: []train.Callback{recorder},
	}
	if _, err := trainer.Fit(context.Background(), set, nil); err != nil {
		t.Fatal(err)
	}
	return vanishing.Diagnose(recorder.Profile())
}
