package vanishing

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// A Recorder follows the training of a network and records what its gradients do. Give a pointer to it to the Trainer as a
// callback; the zero value records every step.
//
// It reads gradients and activations in passing, through taps on the program, and copies nothing: the optimiser tells the
// sizes of parameters and updates, if it can (an [optim.Measurer], in float32), otherwise parameters are copied; in steps that are not recorded it does nothing. A recorder follows one run at a time. A new run
// begins a new profile.
type Recorder struct {
	train.Base
	Name  string // of the network, in reports
	Every int    // record steps 0, Every, 2·Every, ... and the last one planned; 0 means 1, every step

	// GradientsOnly leaves out what is recorded of activations, whose fields stay zero, and takes the norms of the parameters'
	// gradients from the optimiser where it can tell them: as they reach it, so behind any clipping. It costs about 1 % of a
	// training step, where everything costs 8 to 15 % (docs/performance.md).
	GradientsOnly bool

	profile Profile
	watch   watch
	meter   optim.Measurer           // takes the sizes of parameters and updates in this step; nil: they are measured here
	before  map[string]*tensor.Dense // then: the parameters before the update; reused
}

var _ train.Callback = (*Recorder)(nil)

// Profile is what was recorded so far. Later steps do not change it.
func (r *Recorder) Profile() Profile {
	profile := r.profile
	profile.Records = profile.Records[:len(profile.Records):len(profile.Records)]
	return profile
}

// Begin forgets an earlier run.
func (r *Recorder) Begin(*train.Run) error {
	if r.Every < 0 {
		return errors.Errorf("vanishing: Recorder.Every is %d, expected a number of steps, or 0 for every step", r.Every)
	}
	r.profile, r.watch, r.before = Profile{Name: r.Name}, watch{}, make(map[string]*tensor.Dense)
	return nil
}

// Compiled attaches the taps to a program.
func (r *Recorder) Compiled(run *train.Run, p *graph.Program) error {
	if !r.GradientsOnly {
		return r.watch.attach(p)
	}
	return r.watch.attachGradients(p, r.measurer(run) == nil)
}

// measurer is the optimiser, if it can take the sizes of what it moves. In float64 a sum of squares may leave the range, so
// that more care is needed.
func (r *Recorder) measurer(run *train.Run) optim.Measurer {
	if m, ok := run.Optimizer.(optim.Measurer); ok && run.Params.Dtype() == tensor.Float32 {
		return m
	}
	return nil
}

// BeforeStep opens a record if this step is one to record.
func (r *Recorder) BeforeStep(run *train.Run) error {
	if run.Step%max(r.Every, 1) != 0 && run.Step != run.Steps-1 {
		return nil
	}
	if len(r.profile.Records) == 0 {
		r.profile = describe(r.Name, run.Program)
	}
	r.watch.begin(len(r.profile.Layers), len(r.profile.Params))
	if r.meter = r.measurer(run); r.meter != nil {
		r.meter.Measure(optim.MeasureNorms)
	}
	return nil
}

// BeforeUpdate keeps the parameters as they are before the update.
func (r *Recorder) BeforeUpdate(run *train.Run) error {
	record := r.watch.record
	if record == nil {
		return nil
	}
	record.Step, record.Epoch, record.Loss = run.Step, run.Epoch, run.BatchLoss
	record.Batch = run.Program.Input.Shape()[0]
	if r.meter != nil {
		return nil
	}
	for i, b := range trained(run.Program) {
		record.Params[i].NormL2 = valueL2(b.Value)
		if err := r.keep(b.Param); err != nil {
			return err
		}
	}
	return nil
}

// keep copies a parameter.
func (r *Recorder) keep(p *graph.Param) error {
	if r.before[p.Name] == nil {
		r.before[p.Name] = p.Value.Clone().(*tensor.Dense)
		return nil
	}
	return errors.Wrapf(tensor.Copy(r.before[p.Name], p.Value), "vanishing: copy of %s", p.Name)
}

// AfterStep measures the update and closes the record.
func (r *Recorder) AfterStep(run *train.Run) error {
	record := r.watch.record
	if record == nil {
		return nil
	}
	if r.meter != nil {
		r.takeSums(run.Program, record.Params)
	} else {
		r.takeUpdates(run.Program, record.Params)
	}
	r.profile.Records = append(r.profile.Records, r.watch.end())
	return nil
}

// takeSums asks the optimiser for the sizes of parameters and updates.
func (r *Recorder) takeSums(p *graph.Program, records []ParamRecord) {
	i := 0
	for k, sums := range r.meter.Sums() {
		if p.Weights[k].Grad == nil {
			continue
		}
		if records[i].NormL2 = math.Sqrt(sums.Param); sums.Param != 0 {
			records[i].UpdateRatio = math.Sqrt(sums.Update / sums.Param)
		}
		if r.GradientsOnly {
			records[i].GradL2 = math.Sqrt(sums.Grad)
			records[i].GradRMS = math.Sqrt(sums.Grad / float64(p.Weights[k].Size()))
		}
		i++
	}
	r.meter.Measure(optim.MeasureNothing)
}

// takeUpdates compares the parameters with what they were.
func (r *Recorder) takeUpdates(p *graph.Program, records []ParamRecord) {
	for i, b := range trained(p) {
		if norm := records[i].NormL2; norm != 0 {
			records[i].UpdateRatio = updateL2(r.before[b.Name], b.Value) / norm
		}
	}
}

// End takes the taps off the run's programs.
func (r *Recorder) End(*train.Run) error {
	r.watch.detach()
	return nil
}

// updateL2 is the L2 norm of after - before. It overwrites before with the difference.
func updateL2(before, after *tensor.Dense) float64 {
	single, double := elements(before)
	singleAfter, doubleAfter := elements(after)
	for i := range single {
		single[i] = singleAfter[i] - single[i]
	}
	for i := range double {
		double[i] = doubleAfter[i] - double[i]
	}
	return valueL2(before)
}

// Observe runs a training program once on a batch and gives the profile of that one step. No update is made: parameters
// stay as they are, and only running statistics move, as in any run. Nothing stays attached to the program.
//
// Use it to look at a network before training it. To follow a training, use a [Recorder].
func Observe(name string, p *graph.Program, input, target *tensor.Dense) (Profile, error) {
	var w watch
	if err := w.attach(p); err != nil {
		return Profile{}, err
	}
	defer w.detach()
	profile := describe(name, p)
	w.begin(len(profile.Layers), len(profile.Params))
	if err := p.Run(input, target); err != nil {
		return Profile{}, err
	}
	record := w.end()
	record.Batch, record.Loss = input.Shape()[0], p.LossValue()
	for i, b := range trained(p) {
		record.Params[i].NormL2 = valueL2(b.Value)
	}
	profile.Records = []Record{record}
	return profile, nil
}
