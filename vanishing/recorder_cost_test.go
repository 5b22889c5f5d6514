package vanishing

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/internal/fashion"
)

// planned returns the operations of a program, in order, and its memory.
func planned(t *testing.T, p *graph.Program, x, y *tensor.Dense) ([]string, machine.Memory) {
	t.Helper()
	if err := p.Machine().StartTiming(); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(x, y); err != nil {
		t.Fatal(err)
	}
	var ops []string
	for _, s := range p.Machine().Timing().Steps {
		ops = append(ops, fmt.Sprint(s.Op, s.Node, s.Shape))
	}
	memory, err := p.Machine().Memory()
	if err != nil {
		t.Fatal(err)
	}
	return ops, memory
}

// A recorder that records nothing costs nothing: a step allocates nothing and runs the same operations in the same memory as
// without a recorder.
func TestRecordingNothingCostsNothing(t *testing.T) {
	for name, optimizer := range map[string]optim.Optimizer{
		"measuring": &optim.SGD{}, "foreign": struct{ optim.Optimizer }{&optim.SGD{}}, // whose gradients need taps
	} {
		model := resnet.Model{Input: 4, Blocks: 3, Width: 6, Output: 3} // taps would separate its linear maps from their activations
		p := build(t, model, graph.CrossEntropy{}, 1, 8, 4)
		x, y := randomBatch(t, 1, 8, 4, 3)
		ops, memory := planned(t, p, x, y)

		r, run := &Recorder{Steps: Never}, &train.Run{Params: p.Params, Optimizer: optimizer, Program: p, Steps: 1000, Clip: 1}
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(r.Begin(run))
		check(r.Compiled(run, p))
		step := func() {
			check(r.BeforeStep(run))
			check(p.Run(x, y))
			run.BatchLoss = p.LossValue()
			check(r.BeforeUpdate(run))
			check(r.AfterStep(run))
			run.Step++
		}
		step()
		if n := testing.AllocsPerRun(20, step); n != 0 {
			t.Errorf("%s: allocations in a step: got %g, want 0", name, n)
		}
		if gotOps, got := planned(t, p, x, y); len(ops) == 0 || !reflect.DeepEqual(gotOps, ops) || got != memory {
			t.Errorf("%s: got %v in %+v, want %v in %+v as without a recorder", name, gotOps, got, ops, memory)
		}
		if got := r.Profile(); len(got.Records) != 0 || r.steps != run.Step {
			t.Errorf("%s: %d records of %d steps, want none of %d", name, len(got.Records), r.steps, run.Step)
		}
		check(r.End(run))
	}
}

// BenchmarkStep measures the time of a step with and without a recorder, on the demo's deepest network.
func BenchmarkStep(b *testing.B) {
	images := fashion.Images(b, 64)
	for _, c := range []struct {
		name      string
		callbacks []train.Callback
	}{{"alone", nil}, {"recorded", []train.Callback{&Recorder{}}}} {
		b.Run(c.name, func(b *testing.B) {
			trainer := &train.Trainer{
				Model: mlp.Model{Input: 784, Depth: 30, Width: 100, Output: 10, Activation: graph.Sigmoid},
				Loss:  graph.CrossEntropy{}, Epochs: b.N, Callbacks: c.callbacks,
			}
			if _, err := trainer.Fit(context.Background(), images, nil); err != nil {
				b.Fatal(err)
			}
		})
	}
}
