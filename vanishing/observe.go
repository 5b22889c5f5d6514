package vanishing

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Observe runs a training program on one batch and returns the profile of that step, with all details and histograms. It makes
// no update: the parameters stay as they are, and only running statistics change, as in any run. All taps are removed afterwards.
//
// Use it to inspect a network before training. To follow a training, use a [Recorder].
func Observe(name string, p *graph.Program, input, target *tensor.Dense) (profile.Profile, error) {
	return observeRun(name, p, func() error { return p.Run(input, target) })
}

// ObserveNamed is [Observe] for a program with several inputs or targets, whose values are given by name.
func ObserveNamed(name string, p *graph.Program, values map[string]*tensor.Dense) (profile.Profile, error) {
	return observeRun(name, p, func() error { return p.RunNamed(values) })
}

func observeRun(name string, p *graph.Program, run func() error) (profile.Profile, error) {
	w, err := newProbe(p, "", true, true)
	if err != nil {
		return profile.Profile{}, err
	}
	defer w.detach()
	w.snrAll = true
	w.begin(allTiers)
	if !p.Params.Trained() {
		w.overlay, w.overTime = newOverlay(p), newTimeOverlay(p, w.sequences)
	}
	if err := run(); err != nil {
		return profile.Profile{}, err
	}
	result := w.singleStep(p.Input.Shape()[0], p.LossValue())
	result.Name = name
	return result, nil
}

// singleStep closes the record of a step without an update and returns a profile with this record only.
func (w *probe) singleStep(batch int, loss float64) profile.Profile {
	p, record := w.describe(""), w.end()
	record.Batch, record.Loss, record.Losses = batch, number(loss), lossesOf(w.program)
	for i, b := range w.params {
		record.Details.Params[i].NormL2 = valueL2(b.Value)
		record.Histograms.Params[i].Value = w.histogram(b.Value)
	}
	p.Records = []profile.Record{*record}
	p.Theory, p.Sequences = w.predict(record), w.predictOverTime(p.Sequences)
	var targets baseline
	targets.add(w.program)
	p.Baseline, p.BaselineAccuracy, p.Targets = targets.loss(), targets.accuracy(), targets.size()
	p.Losses = targets.losses()
	return p
}
