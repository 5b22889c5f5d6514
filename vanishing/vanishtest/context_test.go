package vanishtest

import (
	"context"
	"slices"
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/fashion"
)

// endingAt is a context that is done from the n-th call of Err on.
type endingAt struct {
	context.Context
	left *int
}

func (c endingAt) Err() error {
	if *c.left--; *c.left < 0 {
		return context.Canceled
	}
	return nil
}

// An interrupted check returns its partial result: steps without a diagnosis, or the diagnosis with the trials so far.
func TestCheckThatIsBrokenOff(t *testing.T) {
	images := fashion.Images(t, 128)
	model := mlp.Model{Input: 784, Depth: 12, Width: 8, Output: 10, Activation: graph.Sigmoid}
	check := func(questions int) vanishing.Diagnosis {
		o := Options{Context: endingAt{context.Background(), &questions}, Steps: 5, Optimizer: &optim.SGD{}}
		d, err := o.Check(model, images)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that it was canceled", err)
		}
		return d
	}
	if d := check(4); len(d.Profile.Records) == 0 || len(d.Profile.Records) >= 5 || d.Sentence != "" {
		t.Errorf("in training: %d records of 5, diagnosis %q", len(d.Profile.Records), d.Sentence)
	}
	d := check(30)
	tried := 0
	for _, trial := range d.Profile.Trials {
		if trial.Outcome != nil {
			tried++
		}
	}
	if len(d.Profile.Records) != 5 || d.Verdict != vanishing.Vanishing || tried == 0 {
		t.Errorf("in remedies: %d records, verdict %v, %d trials", len(d.Profile.Records), d.Verdict, tried)
	}
}

// A recorder and callbacks of the caller follow the training: the records are available during a slow check.
func TestCheckWithRecorder(t *testing.T) {
	recorder := &vanishing.Recorder{}
	seen := &recordCounts{recorder: recorder}
	o := Options{Steps: 3, Recorder: recorder, Callbacks: []train.Callback{seen}, NoRemedies: true}
	model := mlp.Model{Input: 784, Depth: 3, Width: 8, Output: 10}
	if _, err := o.Check(model, fashion.Images(t, 128)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(seen.counts, []int{1, 2, 3}) {
		t.Errorf("after the steps there are %v records, want 1, 2 and 3", seen.counts)
	}
}

// recordCounts counts the records after each step.
type recordCounts struct {
	train.Base
	recorder *vanishing.Recorder
	counts   []int
}

func (r *recordCounts) AfterStep(*train.Run) error {
	r.counts = append(r.counts, len(r.recorder.Profile().Records))
	return nil
}
