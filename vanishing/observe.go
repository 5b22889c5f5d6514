package vanishing

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Observe runs a training program once on a batch and gives the profile of that one step, with all details and histograms. No
// update is made: parameters stay as they are, and only running statistics move, as in any run. Nothing stays attached to
// the program.
//
// Use it to look at a network before training it. To follow a training, use a [Recorder].
func Observe(name string, p *graph.Program, input, target *tensor.Dense) (profile.Profile, error) {
	return observeRun(name, p, func() error { return p.Run(input, target) })
}

// ObserveNamed is [Observe] of a program with several inputs or targets, whose values are given by name.
func ObserveNamed(name string, p *graph.Program, values map[string]*tensor.Dense) (profile.Profile, error) {
	return observeRun(name, p, func() error { return p.RunNamed(values) })
}

func observeRun(name string, p *graph.Program, run func() error) (profile.Profile, error) {
	w, err := newProbe(p, "", true, true)
	if err != nil {
		return profile.Profile{}, err
	}
	defer w.detach()
	w.every = true
	w.begin(allTiers)
	if !p.Params.Trained() {
		w.overlay = newOverlay(p)
	}
	if err := run(); err != nil {
		return profile.Profile{}, err
	}
	result := w.only(p.Input.Shape()[0], p.LossValue())
	result.Name = name
	return result, nil
}

// only closes the record of a step without an update, and makes the profile of it alone.
func (w *probe) only(batch int, loss float64) profile.Profile {
	p, record := w.describe(""), w.end()
	record.Batch, record.Loss = batch, number(loss)
	for i, b := range w.params {
		record.Details.Params[i].NormL2 = valueL2(b.Value)
		record.Histograms.Params[i].Value = w.histogram(b.Value)
	}
	p.Records = []profile.Record{*record}
	p.Theory = w.expect(record)
	var targets baseline
	targets.see(w.program)
	p.Baseline = targets.loss()
	return p
}
