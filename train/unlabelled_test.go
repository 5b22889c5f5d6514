package train

import (
	"errors"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/rnn"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/train/dist"
	"github.com/gradflow/gradflow/train/optim"
)

// The accuracy is a share of the sequences that have a label, in evaluation and in training, on several ranks, and after a resumption in the
// middle of the epoch. Without any label there is none.
func TestAccuracyLeavesPaddingOut(t *testing.T) {
	for want, labels := range map[float64][]int{
		0.5:        {-1, -1, -1, -1, 0, -1, 1, -1, -1, -1}, // all are told to be of class 0
		0:          {1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
		math.NaN(): {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
	} {
		var y []int
		for _, label := range labels {
			y = append(y, -1, label)
		}
		ds := &data.Dataset{
			X: tensor.New(tensor.WithShape(10, 2, 2), tensor.WithBacking(make([]float64, 40))), Y: tensor.New(tensor.WithShape(10, 2), tensor.WithBacking(y)),
		}
		check := func(what string, got float64, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			if got != want && !(math.IsNaN(want) && math.IsNaN(got)) {
				t.Errorf("%s, labels %v: got accuracy %g, want %g", what, labels, got, want)
			}
		}
		fit := func(tr *Trainer) (float64, error) {
			history, err := tr.Fit(background, ds, nil)
			if err != nil {
				return 0, err
			}
			return history.Epochs[0].Train.Accuracy, nil
		}
		scores, err := ofClassZero(t, ds).Evaluate(background, ds)
		check("evaluation", scores.Accuracy, err)
		accuracy, err := fit(ofClassZero(t, ds))
		check("training", accuracy, err)

		path := t.TempDir()
		part := ofClassZero(t, ds)
		part.Checkpoints, part.Callbacks = &checkpoint.Folder{Path: path, Steps: 1}, []Callback{breaker{step: 3}}
		if _, err := fit(part); !errors.Is(err, errBroken) {
			t.Fatalf("got error %v", err)
		}
		rest := ofClassZero(t, ds)
		rest.Checkpoints = &checkpoint.Folder{Path: path}
		accuracy, err = fit(rest)
		check("resumed", accuracy, err)

		err = dist.Local(2, func(c dist.Comm) error {
			tr := ofClassZero(t, ds)
			tr.Comm, tr.BatchSize = c, 1
			accuracy, err := fit(tr)
			if c.Rank() == 0 && err == nil {
				check("two ranks", accuracy, nil)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// ofClassZero is a trainer of a model that tells class 0 at each position.
func ofClassZero(t *testing.T, ds *data.Dataset) *Trainer {
	tr := &Trainer{
		Model: rnn.Classifier{Outputs: 3, Config: rnn.Config{Units: 1}, EveryStep: true}, Loss: graph.CrossEntropy{Padded: true},
		Dtype: tensor.Float64, EvalBatchSize: 4, BatchSize: 2, Epochs: 1, Optimizer: &optim.SGD{LearningRate: 1e-300},
	}
	if _, err := tr.Predict(background, ds.X); err != nil {
		t.Error(err)
		return tr
	}
	for _, p := range tr.Params.All() {
		if clear(p.Value.Float64s()); p.Size() == 3 { // the bias of the classes
			p.Value.Float64s()[0] = 1
		}
	}
	return tr
}
