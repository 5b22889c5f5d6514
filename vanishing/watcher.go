package vanishing

import (
	"cmp"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A Watcher follows a program that was written for Gorgonia alone: a graph drawn by hand, trained in a loop of its own with
// any of Gorgonia's solvers. [Watch] makes one.
type Watcher struct {
	recorder *Recorder
	program  *graph.Program
	run      train.Run // what a trainer would tell the recorder
	batch    int
	open     bool  // whether a step has run whose update has not been measured
	err      error // of that measurement
}

// Watch makes a watcher of a graph, after gorgonia.Grad has been called. The learnables are those given to Grad; without
// any named all are meant. Package structure tells how layers are found. It takes three lines in an existing program:
//
//	watcher, err := vanishing.Watch(loss, learnables...)
//	vm := watcher.Machine() // in place of gorgonia.NewTapeMachine(...)
//	// ... the training loop as it is ...
//	profile := watcher.Profile()
//
// Every run of the machine is a step. How a parameter was moved is measured when the next step begins, so that it does not
// matter by whom. Learning rate, clipping and first values are not known.
//
// To record fewer steps, call the method [Recorder.Watch] of a recorder that says which.
func Watch(loss *gorgonia.Node, learnables ...*gorgonia.Node) (*Watcher, error) {
	return new(Recorder).Watch(loss, learnables...)
}

// Watch is as the function [Watch], and records what the recorder is set to. The recorder must not be used otherwise.
func (r *Recorder) Watch(loss *gorgonia.Node, learnables ...*gorgonia.Node) (*Watcher, error) {
	p, err := adopt(loss, learnables)
	if err != nil {
		return nil, err
	}
	w := &Watcher{recorder: r, program: p, batch: samples(p)}
	w.run = train.Run{Params: p.Params, Program: p, Optimizer: someSolver{}, Clip: 1}
	if err := r.Begin(&w.run); err != nil {
		return nil, err
	}
	if err := r.Compiled(&w.run, p); err != nil {
		return nil, err
	}
	return w, nil
}

// adopt makes a program with layers of a hand-written graph.
func adopt(loss *gorgonia.Node, learnables []*gorgonia.Node) (*graph.Program, error) {
	p, err := graph.Adopt(loss, learnables...)
	if err != nil {
		return nil, errors.Wrap(err, "vanishing")
	}
	if len(p.Layers) == 0 {
		return nil, errors.New("vanishing: no layer was found in the graph: none of the learnables is the weight of a product " +
			"with samples, as in Mul, BatchedMatMul or Conv2d")
	}
	return p, nil
}

// samples is the number of samples in a run, by how the first layer reads them.
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

// Machine is what runs the program, as gorgonia.NewTapeMachine does. It is the same each time.
func (w *Watcher) Machine() gorgonia.VM { return (*watchedMachine)(w) }

// Profile is what was recorded so far; later steps do not change it. It ends the step that ran last: call it after the
// solver's step, not before, as parameters that have not moved by then count as having had no update.
func (w *Watcher) Profile() profile.Profile {
	w.finish()
	return w.recorder.Profile()
}

// Close takes the watcher off and gives the machine's memory back. The profile stays.
func (w *Watcher) Close() error {
	w.finish()
	return cmp.Or(w.err, w.recorder.End(&w.run), w.program.Close())
}

// finish ends the step that ran last, unless it has ended.
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

// forgetUnknown takes out what nobody can tell about a step: the gradients as the solver received them, which it has written
// over since; and updates, if no parameter has moved, as then most likely none was made.
func forgetUnknown(r *profile.Record) {
	r.Clip = 0
	if d := r.Details; d != nil {
		d.Clipped = nil
		if !slices.ContainsFunc(d.Updates, func(u profile.Update) bool { return u.Ratio > 0 || u.L2 > 0 }) {
			d.Updates = nil
		}
	}
}

// watchedMachine is the machine with the recorder's eyes on it.
type watchedMachine Watcher

var _ gorgonia.VM = (*watchedMachine)(nil)

// RunAll is a step.
func (m *watchedMachine) RunAll() error {
	w := (*Watcher)(m)
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

// Reset does nothing, as the machine is always ready to run again.
func (m *watchedMachine) Reset() { m.program.Machine().Reset() }

// Close closes the watcher.
func (m *watchedMachine) Close() error { return (*Watcher)(m).Close() }

// someSolver stands for the solver of the program, of which nothing is known.
type someSolver struct{ optim.Optimizer }

// String is what the profile says of it.
func (someSolver) String() string { return "a solver of the program's own" }
