package vanishing

import (
	"cmp"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/foreign"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A Watcher follows a program that was written for Gorgonia alone: a hand-written graph and training loop, with any of Gorgonia's
// solvers. [Watch] makes one.
type Watcher struct {
	recorder *Recorder
	program  *graph.Program
	run      train.Run // stands for the run of a trainer
	batch    int
	open     bool  // whether the update of the last step is not yet measured
	err      error // of the last measurement
	refused  error // an option that the machine cannot take
}

// Watch makes a watcher of a graph, after the call of gorgonia.Grad. The learnables are those given to Grad; none means all.
// Package structure documents how layers are found. Watch takes three lines in an existing program:
//
//	watcher, err := vanishing.Watch(loss, learnables...)
//	vm := watcher.Machine(gorgonia.BindDualValues(learnables...)) // in place of gorgonia.NewTapeMachine(g, ...)
//	// ... the training loop as it is ...
//	profile := watcher.Profile()
//
// Every run of the machine is a step. The watcher measures the update when the next step begins, whatever code moved the
// parameters. Learning rate, clipping and initialisers are unknown. What the loss of guessing is, it measures, in batches of 16 samples or
// more: see profile.Details.
//
// To record fewer steps, set a recorder's schedules and call [Recorder.Watch].
func Watch(loss *gorgonia.Node, learnables ...*gorgonia.Node) (*Watcher, error) {
	return new(Recorder).Watch(loss, learnables...)
}

// Watch is as the function [Watch], with the settings of the recorder. The recorder must have no other use.
func (r *Recorder) Watch(loss *gorgonia.Node, learnables ...*gorgonia.Node) (*Watcher, error) {
	p, err := adopt(loss, learnables)
	if err != nil {
		return nil, err
	}
	w := &Watcher{recorder: r, program: p, batch: samples(p)}
	w.run = train.Run{Params: p.Params, Program: p, Optimizer: unknownSolver{}, Clip: 1}
	if err := r.Begin(&w.run); err != nil {
		return nil, err
	}
	if err := r.Compiled(&w.run, p); err != nil {
		return nil, err
	}
	return w, nil
}

// adopt makes a program of a hand-written graph, which must have a layer.
func adopt(loss *gorgonia.Node, learnables []*gorgonia.Node) (*graph.Program, error) {
	p, err := graph.Adopt(loss, learnables...)
	if err != nil {
		return nil, errors.Wrap(err, "vanishing")
	}
	if len(p.Layers) == 0 {
		return nil, errors.New("vanishing: no layer was found in the graph: want a learnable that multiplies samples, " +
			"as in Mul, BatchedMatMul or Conv2d")
	}
	return p, nil
}

// samples is the number of samples in a run, derived from the shape of the first layer.
func samples(p *graph.Program) int {
	first, shape := p.Layers[0], p.Layers[0].Pre.Shape()
	switch {
	case first.UnitAxis == 1 && len(shape) == 2: // W·x of samples in columns
		return shape[1]
	case first.UnitAxis == 0 && len(shape) == 1: // W·x of one sample
		return 1
	}
	return p.Input.Shape()[0]
}

// Machine returns the machine that runs the program, in place of gorgonia.NewTapeMachine, with the options that this was given. Package
// foreign tells what they do; but the machine computes the whole graph also with WithPrecompiled. If one is refused every run returns
// an error that names it. The machine is the same each time.
func (w *Watcher) Machine(opts ...gorgonia.VMOpt) gorgonia.VM {
	if len(opts) > 0 {
		w.refused = foreign.Configure(w.program.Machine(), opts...)
	}
	return (*watchedMachine)(w)
}

// Profile returns the profile recorded so far; later steps do not change it. It ends the last step, so call it after the solver's
// step: parameters that have not moved by then count as not updated.
func (w *Watcher) Profile() profile.Profile {
	w.finish()
	return w.recorder.Profile()
}

// Close detaches the watcher and frees the machine's memory. The profile stays available.
func (w *Watcher) Close() error {
	w.finish()
	return cmp.Or(w.err, w.recorder.End(&w.run), w.program.Close())
}

// finish ends the last step, unless it has ended.
func (w *Watcher) finish() {
	if !w.open {
		return
	}
	w.open = false
	if w.err = w.program.Refresh(); w.err == nil {
		w.err = w.recorder.AfterStep(&w.run)
	}
	if kept := w.recorder.kept; len(kept) > 0 {
		if r := &kept[len(kept)-1]; r.Step == w.run.Step {
			r.Batch = w.batch
			forgetUnknown(r)
		}
	}
	w.run.Step++
}

// forgetUnknown removes the fields of a record that a watcher cannot know: the gradients after clipping, which the solver has
// overwritten, and the updates if no parameter has moved, because then most likely no update was made.
func forgetUnknown(r *profile.Record) {
	r.Clip = 0
	if d := r.Details; d != nil {
		d.Clipped = nil
		if !slices.ContainsFunc(d.Updates, func(u profile.Update) bool { return u.Ratio > 0 || u.L2 > 0 }) {
			d.Updates = nil
		}
	}
}

// watchedMachine runs a watcher's program and records each run.
type watchedMachine Watcher

var _ gorgonia.VM = (*watchedMachine)(nil)

// RunAll runs and records a step.
func (m *watchedMachine) RunAll() error {
	w := (*Watcher)(m)
	if w.refused != nil {
		return w.refused
	}
	if w.finish(); w.err != nil {
		return w.err
	}
	if err := w.program.Refresh(); err != nil {
		return err
	}
	if err := w.recorder.BeforeStep(&w.run); err != nil {
		return err
	}
	if err := w.program.Machine().RunAll(); err != nil {
		return err
	}
	w.open, w.run.BatchLoss = true, w.program.LossValue()
	return w.recorder.BeforeUpdate(&w.run)
}

// Reset does nothing: the machine is always ready to run again.
func (m *watchedMachine) Reset() { m.program.Machine().Reset() }

// Close closes the watcher.
func (m *watchedMachine) Close() error { return (*Watcher)(m).Close() }

// unknownSolver stands for the solver of the program, which the watcher does not know.
type unknownSolver struct{ optim.Optimizer }

// String describes the solver in the profile.
func (unknownSolver) String() string { return "a solver of the program's own" }
