package bench

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// A Stepper trains a network on the same batches over and over.
type Stepper interface {
	// Step makes one training step and returns the loss before it.
	Step() (float64, error)
}

// Ours is a network of this library in training. A program for evaluation only runs.
type Ours struct {
	Program *graph.Program

	optimizer optim.Optimizer
	recorder  *vanishing.Recorder // nil: nothing is recorded
	run       train.Run
	batches   []Batch
	params    []*graph.Param
	grads     []*tensor.Dense
}

var _ Stepper = (*Ours)(nil)

// Params draws the initial weights of a workload.
func (w Workload) Params() (*graph.Params, error) {
	params := graph.NewParams(tensor.Float32, 1)
	p, err := graph.Build(graph.Config{Model: w.Model, Params: params, Input: tensor.Shape{2, inputs}})
	if err != nil {
		return nil, err
	}
	return params, p.Close()
}

// NewOurs sets up a workload with an optimiser, "sgd" or "adam". The recorder may be nil.
func NewOurs(w Workload, batch int, optimizer string, recorder *vanishing.Recorder) (*Ours, error) {
	batches, err := Batches(batch)
	if err != nil {
		return nil, err
	}
	params := graph.NewParams(tensor.Float32, 1)
	p, err := graph.Build(graph.Config{Model: w.Model, Params: params, Input: tensor.Shape{batch, inputs}, Loss: graph.CrossEntropy{}})
	if err != nil {
		return nil, err
	}
	step, err := newOptimizer(optimizer, w.Rate(optimizer))
	if err != nil {
		return nil, err
	}
	o := newOurs(p, batches, step)
	if recorder == nil {
		return o, nil
	}
	return o, o.Record(recorder)
}

// Record lets a recorder watch the steps to come.
func (o *Ours) Record(recorder *vanishing.Recorder) error {
	o.recorder = recorder
	if err := recorder.Begin(&o.run); err != nil {
		return err
	}
	return recorder.Compiled(&o.run, o.Program)
}

func newOurs(p *graph.Program, batches []Batch, optimizer optim.Optimizer) *Ours {
	o := &Ours{Program: p, batches: batches, optimizer: optimizer}
	for _, w := range p.Weights {
		o.params = append(o.params, w.Param)
	}
	o.run = train.Run{Params: p.Params, Optimizer: optimizer, Program: p, Steps: 1 << 30}
	return o
}

func newOptimizer(name string, rate float64) (optim.Optimizer, error) {
	switch name {
	case "sgd":
		return &optim.SGD{LearningRate: rate}, nil
	case "adam":
		return &optim.Adam{LearningRate: rate}, nil
	}
	return nil, errors.Errorf("bench: unknown optimiser: got %q, want sgd or adam", name)
}

// Step implements Stepper.
func (o *Ours) Step() (float64, error) {
	batch := o.batches[o.run.Step%len(o.batches)]
	if o.recorder == nil {
		return o.step(batch)
	}
	if err := o.recorder.BeforeStep(&o.run); err != nil {
		return 0, err
	}
	loss, err := o.step(batch)
	if err != nil {
		return 0, err
	}
	o.run.Step--
	err = o.recorder.AfterStep(&o.run)
	o.run.Step++
	return loss, err
}

func (o *Ours) step(batch Batch) (float64, error) {
	if err := o.Program.Run(batch.X, batch.Y); err != nil {
		return 0, err
	}
	o.run.BatchLoss = o.Program.LossValue()
	o.grads = o.grads[:0]
	for _, w := range o.Program.Weights {
		var grad *tensor.Dense // nil for running statistics, as in a Trainer
		if w.Grad != nil {
			grad = w.Grad.Value().(*tensor.Dense)
		}
		o.grads = append(o.grads, grad)
	}
	if o.recorder != nil {
		if err := o.recorder.BeforeUpdate(&o.run); err != nil {
			return 0, err
		}
	}
	o.run.Step++
	if o.Program.Mode == graph.Eval {
		return o.run.BatchLoss, nil
	}
	return o.run.BatchLoss, o.optimizer.Step(o.params, o.grads, o.optimizer.Rate())
}
