package train

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/gonum/floats"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/train/optim"
)

// A RateTest configures [Trainer.FindRate].
type RateTest struct {
	From, To float64 // the first and the last rate; 0 means 1e-7 and 10
	Steps    int     // 0 means 100
	// Diverged ends the test when the smoothed loss is this many times the least one; 0 means 4.
	Diverged float64
}

// A RateCurve is the loss over the learning rate.
type RateCurve struct {
	Rates  []float64
	Losses []float64 // of the batches, each before the update at its rate
	// Smoothed is an exponential moving average of the losses, each with a weight of 0.1, without a bias towards 0.
	Smoothed []float64
	// Suggested is the rate at which the losses fall fastest over the logarithm of the rate, by straight lines through a fifth of the
	// steps; NaN if they never fall by more than the noise of batches explains. It follows Losses, because Smoothed lags behind them, and is
	// noisy in the first steps.
	Suggested float64
}

// FindRate trains a copy of the model at a learning rate that grows in each step by the same factor, and suggests a rate (Smith 2017,
// sec. 3.3). The trainer's parameters and optimiser stay as they are. The trainer's schedule and callbacks take no part.
func (t *Trainer) FindRate(ctx context.Context, train *data.Dataset, test RateTest) (RateCurve, error) {
	if err := t.prepare(ctx); err != nil {
		return RateCurve{}, err
	}
	test, err := test.withDefaults()
	if err != nil {
		return RateCurve{}, err
	}
	watch := &rateWatch{test: test}
	trial, err := t.trial(train, watch)
	if err != nil {
		return RateCurve{}, err
	}
	if _, err := trial.Fit(ctx, train, nil); err != nil {
		return RateCurve{}, errors.Wrap(err, "train: FindRate")
	}
	watch.curve.suggest()
	return watch.curve, nil
}

func (c RateTest) withDefaults() (RateTest, error) {
	c = RateTest{cmp.Or(c.From, 1e-7), cmp.Or(c.To, 10), cmp.Or(c.Steps, 100), cmp.Or(c.Diverged, 4)}
	if !(c.From > 0 && c.From < c.To) || math.IsInf(c.To/c.From, 0) || c.Steps < 2 || !(c.Diverged > 1) {
		return c, errors.Errorf("train: RateTest: got rates from %g to %g in %d steps and Diverged %g, want rising rates above 0 whose ratio is finite, "+
			"at least 2 steps and more than 1", c.From, c.To, c.Steps, c.Diverged)
	}
	return c, nil
}

// trial is a trainer of copies of the parameters and of the optimiser's configuration.
func (t *Trainer) trial(train *data.Dataset, watch *rateWatch) (*Trainer, error) {
	var optimizer optim.Optimizer = &optim.Adam{}
	if t.Optimizer != nil {
		fresh, err := optim.Fresh(t.Optimizer)
		if err != nil {
			return nil, err
		}
		optimizer = fresh
	}
	trial := &Trainer{
		Model: t.Model, Loss: t.Loss, Losses: t.Losses, Optimizer: optimizer, Params: t.Params.Clone(), Epochs: watch.test.Steps,
		BatchSize: t.BatchSize, DropLast: t.DropLast, NoShuffle: t.NoShuffle, Accumulate: t.Accumulate, Seed: t.Seed, Augment: t.Augment, Workers: t.Workers,
		Callbacks: []Callback{watch}, StandardizeInputs: t.StandardizeInputs, StandardizeTargets: t.StandardizeTargets,
		FeaturesLast: t.FeaturesLast,
	}
	return trial, t.check(train, "training set")
}

// rateWatch is the callback that sets the rates and collects the losses.
type rateWatch struct {
	Base
	test  RateTest
	curve RateCurve
	mean  float64 // moving average, with a bias towards 0
	least float64
}

// BeforeStep sets the rate.
func (w *rateWatch) BeforeStep(r *Run) error {
	r.LearningRate = w.test.From * math.Pow(w.test.To/w.test.From, float64(r.Step)/float64(w.test.Steps-1))
	return nil
}

// BeforeUpdate notes the loss, and ends the test.
func (w *rateWatch) BeforeUpdate(r *Run) error {
	if math.IsNaN(r.BatchLoss) || math.IsInf(r.BatchLoss, 0) {
		return ErrStop
	}
	w.mean = 0.9*w.mean + 0.1*r.BatchLoss
	smoothed := w.mean / (1 - math.Pow(0.9, float64(r.Step+1)))
	c := &w.curve
	c.Rates, c.Losses, c.Smoothed = append(c.Rates, r.LearningRate), append(c.Losses, r.BatchLoss), append(c.Smoothed, smoothed)
	if r.Step == 0 || smoothed < w.least {
		w.least = smoothed
	}
	if r.Step+1 == w.test.Steps || smoothed > w.test.Diverged*w.least {
		return ErrStop
	}
	return nil
}

// suggest finds the steepest descent of the losses, which lie at equal distances over the logarithm of the rate.
func (c *RateCurve) suggest() {
	c.Suggested = math.NaN()
	if !falls(c.Losses) {
		return
	}
	steepest, reach := 0.0, max(1, len(c.Losses)/10)
	for i := reach; i+reach < len(c.Losses); i++ {
		if slope := slopeAround(c.Losses[i-reach:i+reach+1], reach); slope < steepest {
			steepest, c.Suggested = slope, c.Rates[i]
		}
	}
}

// slopeAround is proportional to the slope of the least-squares line through 2·reach+1 equidistant values.
func slopeAround(values []float64, reach int) (slope float64) {
	for i, v := range values {
		slope += float64(i-reach) * v
	}
	return slope
}

// fallSD is the number of standard deviations by which the losses have to fall: of some ten independent means, noise takes one so far
// below the first in a test of some hundreds.
const fallSD = 4

// falls reports whether a tenth of successive losses is lower, on average, than the first fifth by more than noise explains.
func falls(losses []float64) bool {
	n := max(1, len(losses)/10)
	if len(losses) < 3*n {
		return false
	}
	first, least, end := mean(losses[:2*n]), math.Inf(1), 0
	for i := 3 * n; i <= len(losses); i++ {
		if m := mean(losses[i-n : i]); m < least {
			least, end = m, i
		}
	}
	return first-least > fallSD*noise(losses[:end])*math.Sqrt(1.5/float64(n))
}

func mean(values []float64) float64 { return floats.Sum(values) / float64(len(values)) }

// noise is the standard deviation of losses around their course, by the median of their second differences. A course that is a straight
// line adds nothing to these. There are three losses or more.
func noise(losses []float64) float64 {
	var second []float64
	for i := 1; i+1 < len(losses); i++ {
		second = append(second, math.Abs(losses[i-1]-2*losses[i]+losses[i+1]))
	}
	slices.Sort(second)
	const normalMedian = 0.6745 // of the size of a standard normal number
	return second[len(second)/2] / (normalMedian * math.Sqrt(6))
}
