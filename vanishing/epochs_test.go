package vanishing

import (
	"context"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// trainedWith returns the history of a trainer and that of a recorder in it. The training data leave a smaller last batch.
func trainedWith(t *testing.T, loss graph.Loss, validate bool) (train.History, Profile) {
	t.Helper()
	set, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if set, err = set.Subset(70); err != nil {
		t.Fatal(err)
	}
	val := set
	if !validate {
		val = nil
	}
	recorder := &Recorder{}
	trainer := &train.Trainer{Model: mlp.Model{Input: 784, Depth: 2, Width: 8, Output: 10}, Loss: loss, Epochs: 2, BatchSize: 32, Seed: 1, Callbacks: []train.Callback{recorder}}
	history, err := trainer.Fit(context.Background(), set, val)
	if err != nil {
		t.Fatal(err)
	}
	return history, recorder.Profile()
}

func TestHistoryHoldsTheScoresOfEpochs(t *testing.T) {
	history, p := trainedWith(t, graph.CrossEntropy{}, true)
	if len(p.History) != 2 {
		t.Fatalf("got %d epochs, want 2", len(p.History))
	}
	for i, e := range p.History {
		want := history.Epochs[i]
		if e.Epoch != i || e.Step != 3*i+2 {
			t.Errorf("epoch %d: got epoch %d and step %d, want step %d", i, e.Epoch, e.Step, 3*i+2)
		}
		for name, score := range map[string]struct {
			got  *profile.Number
			want float64
		}{
			"train loss": {e.TrainLoss, want.Train.Loss}, "train accuracy": {e.TrainAccuracy, want.Train.Accuracy},
			"val loss": {e.ValLoss, want.Val.Loss}, "val accuracy": {e.ValAccuracy, want.Val.Accuracy},
		} {
			if score.got == nil || float64(*score.got) != score.want {
				t.Errorf("epoch %d: %s: got %v, want %g", i, name, score.got, score.want)
			}
		}
	}
}

// The losses of a loss that sums are those of a whole batch, as in the records. Scores that nobody took are nil.
func TestHistoryIsComparableWithRecords(t *testing.T) {
	history, p := trainedWith(t, graph.CrossEntropy{Sum: true}, false)
	e := p.History[0]
	if want := 32 * history.Epochs[0].Train.Loss; math.Abs(float64(*e.TrainLoss)-want) > 1e-9*want {
		t.Errorf("got a loss of %g, want %g: that of a batch of 32", *e.TrainLoss, want)
	}
	if e.ValLoss != nil || e.ValAccuracy != nil {
		t.Errorf("without validation data: got scores %v and %v, want none", e.ValLoss, e.ValAccuracy)
	}
}

// A long run keeps epochs at equal distances, and the newest.
func TestHistoryIsBounded(t *testing.T) {
	var log epochLog
	const n = 5*maxEpochs + 4
	for i := range n {
		log.add(profile.Epoch{Epoch: i, Step: i})
	}
	last := len(log.list) - 1
	if last >= maxEpochs || log.list[last].Epoch != n-1 {
		t.Fatalf("got %d epochs, the last of them %d, want at most %d, the last %d", last+1, log.list[last].Epoch, maxEpochs, n-1)
	}
	for i, e := range log.list[:last] {
		if e.Epoch != i*log.interval {
			t.Fatalf("epoch %d of the list is %d, want %d", i, e.Epoch, i*log.interval)
		}
	}
}
