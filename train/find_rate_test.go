package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/optim"
)

// On a network that learns, the suggested rate learns too: far better than a hundredth of it.
func TestFindRate(t *testing.T) {
	fresh := func(rate float64) *Trainer {
		return &Trainer{
			Model: graph.Sequential{graph.Dense{Units: 16}, graph.Tanh, graph.Dense{Units: 2}}, Loss: graph.CrossEntropy{},
			Optimizer: &optim.SGD{LearningRate: rate, Momentum: 0.9}, BatchSize: 32, Epochs: 5, Dtype: tensor.Float64, Seed: 1,
		}
	}
	set := moons(t, 256, 1)
	tr := fresh(0.01)
	curve, err := tr.FindRate(background, set, RateTest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(tr.Params.All()) != 0 || len(tr.Optimizer.(optim.Stateful).State()) != 0 {
		t.Error("the test changed the trainer's parameters or optimiser")
	}
	if n := len(curve.Rates); n < 50 || len(curve.Losses) != n || len(curve.Smoothed) != n || curve.Rates[0] != 1e-7 || !slices.IsSorted(curve.Rates) {
		t.Errorf("got %d rates from %g, want at least 50, rising, from 1e-7", n, curve.Rates[0])
	}
	losses := make(map[float64]float64)
	for _, factor := range []float64{0.01, 1} {
		h, err := fresh(factor*curve.Suggested).Fit(background, set, nil)
		if err != nil {
			t.Fatal(err)
		}
		losses[factor] = h.Epochs[4].Train.Loss
	}
	if !(losses[1] < 0.5*losses[0.01]) {
		t.Errorf("at the suggested rate of %g the loss is %g, at a hundredth of it %g", curve.Suggested, losses[1], losses[0.01])
	}
}

// The test goes on from the parameters that the trainer has, and leaves them.
func TestFindRateOfTrainedParameters(t *testing.T) {
	tr := linear()
	if _, err := tr.Fit(background, line(), nil); err != nil {
		t.Fatal(err)
	}
	before := tr.Params.Get("dense1/weight").Value.Float64s()[0]
	scores, err := tr.Evaluate(background, line())
	if err != nil {
		t.Fatal(err)
	}
	curve, err := tr.FindRate(background, line(), RateTest{From: 1e-6, To: 1e-3, Steps: 4})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(curve.Losses[0]-scores.Loss) > 1e-12 || tr.Params.Get("dense1/weight").Value.Float64s()[0] != before {
		t.Errorf("the first loss is %g, want %g; the weight went from %g to %v", curve.Losses[0], scores.Loss, before, tr.Params.Get("dense1/weight").Value)
	}
	if want := []float64{1e-6, 1e-5, 1e-4, 1e-3}; len(curve.Rates) != 4 || math.Abs(curve.Rates[2]/want[2]-1) > 1e-12 {
		t.Errorf("rates are %v, want %v", curve.Rates, want)
	}
}

func TestSuggestedRate(t *testing.T) {
	c := RateCurve{Losses: []float64{9, 9, 9, 9, 9, 8.5, 6, 3.5, 1, 1, 2}}
	for i := range c.Losses {
		c.Rates = append(c.Rates, float64(i))
	}
	if c.suggest(); c.Suggested != 6 { // as 7, but earlier
		t.Errorf("got %g", c.Suggested)
	}
	slices.Sort(c.Losses)
	if c.suggest(); !math.IsNaN(c.Suggested) {
		t.Errorf("got %g of a loss that never falls, want NaN", c.Suggested)
	}
}

// Losses that differ by chance alone suggest no rate, nor do those that grow at the end.
func TestNoiseSuggestsNoRate(t *testing.T) {
	for _, steps := range []int{30, 100, 300} {
		wrong := 0
		for seed := range uint64(200) {
			r := rand.New(rand.NewPCG(seed, 2))
			var c RateCurve
			for i := range steps {
				c.Rates = append(c.Rates, float64(i))
				c.Losses = append(c.Losses, 2.3+0.1*r.NormFloat64()+0.05*float64(max(0, i-3*steps/4)))
			}
			if c.suggest(); !math.IsNaN(c.Suggested) {
				wrong++
			}
		}
		if wrong > 10 { // 5, 1 and 1 are
			t.Errorf("%d steps: got a rate in %d of 200 tests of noise, want at most 10", steps, wrong)
		}
	}
}

// Batches whose losses differ by chance suggest no rate before the one from which the loss falls: not in the first steps either, where
// few losses are smoothed.
func TestSuggestedRateOfNoisyLosses(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		watch := &rateWatch{test: RateTest{From: 1e-7, To: 10, Steps: 80, Diverged: 4}}
		for i := range 80 {
			loss := 3 + 0.2*r.NormFloat64() - 0.05*float64(min(max(i-40, 0), 20))
			run := &Run{Step: i, BatchLoss: loss, LearningRate: float64(i)}
			if err := watch.BeforeUpdate(run); err != nil && i < 79 {
				t.Fatal(err)
			}
		}
		if watch.curve.suggest(); !(watch.curve.Suggested > 35 && watch.curve.Suggested < 65) {
			t.Errorf("seed %d: got the rate of step %g, want one of the steps 40 to 60, in which the loss falls", seed, watch.curve.Suggested)
		}
	}
}

// The test changes samples as the training does.
func TestFindRateAugments(t *testing.T) {
	var losses [2]float64
	for i, augment := range [][]data.Transform{nil, {jitter{}}} {
		tr := linear()
		tr.Augment = augment
		curve, err := tr.FindRate(background, line(), RateTest{From: 1e-6, To: 1e-3, Steps: 4})
		if err != nil {
			t.Fatal(err)
		}
		losses[i] = curve.Losses[0]
	}
	if losses[0] == losses[1] {
		t.Errorf("the first loss is %g with and without random changes of the samples", losses[0])
	}
}

func TestBadRateTests(t *testing.T) {
	for _, test := range []RateTest{{From: -1}, {From: 1e-320}, {From: 2, To: 1}, {Steps: 1}, {Diverged: 0.5}, {To: math.Inf(1)}} {
		_, err := linear().FindRate(background, line(), test)
		wantError(t, err, "train: RateTest: got rates")
	}
	tr := linear()
	_, err := tr.FindRate(background, nil, RateTest{})
	wantError(t, err, "the training set is nil")
}
