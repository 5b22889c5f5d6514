package vanishing

import (
	"fmt"
	"math"
	"testing"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// norms is a callback that measures the parameters in plain loops over copies.
type norms struct {
	train.Base
	before  map[string][]float32
	size    []map[string]float64 // by step and parameter: sum of squares before the update
	updates []map[string]float64 // by step and parameter: sum of squares of the update
}

func (n *norms) BeforeUpdate(run *train.Run) error {
	n.before = make(map[string][]float32)
	for _, p := range run.Params.All() {
		n.before[p.Name] = append([]float32(nil), p.Value.Float32s()...)
	}
	return nil
}

func (n *norms) AfterStep(run *train.Run) error {
	size, updates := make(map[string]float64), make(map[string]float64)
	for _, p := range run.Params.All() {
		for i, after := range p.Value.Float32s() {
			before := float64(n.before[p.Name][i])
			size[p.Name] += before * before
			updates[p.Name] += (float64(after) - before) * (float64(after) - before)
		}
	}
	n.size, n.updates = append(n.size, size), append(n.updates, updates)
	return nil
}

// The recorded norms and update ratios equal those computed from the parameters, for each optimiser. Both norms are sums in
// float64. The recorder's update is a difference in float32, exact to 6e-8 of each entry.
func TestNormsAreThoseOfTheParameters(t *testing.T) {
	for name, optimizer := range map[string]optim.Optimizer{
		"SGD": &optim.SGD{LearningRate: 0.1}, "momentum": &optim.SGD{LearningRate: 0.1, Momentum: 0.9}, "Adam": &optim.Adam{},
	} {
		own, r := &norms{}, &Recorder{Details: Every(1)}
		fit(t, r, func(trainer *train.Trainer) {
			trainer.Optimizer, trainer.Callbacks = optimizer, []train.Callback{own, r}
		})
		p := r.Profile()
		for i, record := range p.Records {
			for k, param := range p.Params {
				key, ratio := param.Name, record.Details.Updates[k].Ratio
				what := fmt.Sprintf("%s, step %d, %s: ", name, i, key)
				within(t, what+"norm", record.Details.Params[k].NormL2, math.Sqrt(own.size[i][key]), 1e-12)
				if own.size[i][key] == 0 {
					if !math.IsNaN(float64(ratio)) {
						t.Errorf("%supdate ratio of a parameter of norm 0: got %g, want NaN", what, ratio)
					}
					continue
				}
				within(t, what+"update ratio", ratio, math.Sqrt(own.updates[i][key]/own.size[i][key]), 1e-6)
			}
		}
		if len(p.Records) != 9 || len(own.size) != 9 || len(p.Params) != 8 {
			t.Errorf("%s: %d records and %d own ones of %d parameters, want 9, 9 and 8", name, len(p.Records), len(own.size), len(p.Params))
		}
	}
}

// halve is a callback that halves the gradients and reports the factor.
type halve struct{ train.Base }

func (halve) BeforeUpdate(run *train.Run) error {
	for _, b := range run.Program.Weights {
		single, _ := elements(b.Grad.Value())
		for i := range single {
			single[i] /= 2
		}
	}
	run.Clip /= 2
	return nil
}

func TestGradientsAreThoseBeforeClipping(t *testing.T) {
	for _, details := range []Schedule{Every(1), Never} {
		plain, scaled := &Recorder{Details: details}, &Recorder{Details: details}
		fit(t, plain, nil)
		fit(t, scaled, func(trainer *train.Trainer) { trainer.Callbacks = []train.Callback{halve{}, scaled} })
		got, want := scaled.Profile().Records[0], plain.Profile().Records[0]
		for k, param := range got.Params {
			within(t, "gradient", param.GradL2, want.Params[k].GradL2, 1e-12)
			if details != Never {
				within(t, "as it was received", got.Details.Clipped[k].L2, want.Params[k].GradL2/2, 1e-12)
				within(t, "update", got.Details.Updates[k].L2, want.Details.Updates[k].L2/2, 1e-3) // a difference of float32 numbers
			}
		}
	}
}

// The update of plain gradient descent is α·dL/dw. It is measured as a difference of float32 weights, each rounded to 6e-8 of its
// size, so the ratio of some 1e-3 is exact to 1e-4.
func TestUpdateRatioOfGradientDescent(t *testing.T) {
	r := &Recorder{Details: Every(1)}
	fit(t, r, nil)
	p := r.Profile()
	for i, record := range p.Records {
		for k, param := range record.Params {
			ratio, norm := record.Details.Updates[k].Ratio, record.Details.Params[k].NormL2
			if i == 0 && p.Params[k].Role == "bias" {
				if !math.IsNaN(float64(ratio)) || norm != 0 {
					t.Errorf("%s: update ratio of a zero parameter: got %g, want NaN", p.Params[k].Name, ratio)
				}
				continue
			}
			within(t, fmt.Sprintf("step %d, %s", i, p.Params[k].Name), ratio, 0.1*param.GradL2/norm, 1e-4)
		}
	}
}
