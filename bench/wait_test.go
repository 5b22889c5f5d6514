package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
)

// BenchmarkWait measures the share of the training time of workload a that is spent waiting for batches, and the share of the
// batches that are late. Without workers each batch is prepared when it is asked for, which counts as waiting.
//
//	go test ./bench -run '^$' -bench Wait -benchtime 5x
func BenchmarkWait(b *testing.B) {
	for _, workers := range []int{0, 1, 2} {
		b.Run(fmt.Sprintf("%d workers", workers), func(b *testing.B) {
			watch := new(waitWatch)
			for b.Loop() {
				watch.train(b, workers)
			}
			b.ReportMetric(100*watch.share(), "%wait")
			b.ReportMetric(100*float64(watch.Late)/float64(watch.Batches), "%late")
		})
	}
}

// Training does not wait for data: on workload a it takes a few per cent of the time even if every batch is prepared when it is asked
// for. A busy machine slows steps and waits alike; the best of three runs counts.
func TestTrainingDoesNotWaitForData(t *testing.T) {
	for _, workers := range []int{0, 1} {
		least := 1.0
		for range 3 {
			watch := new(waitWatch)
			watch.train(t, workers)
			if batches := (10_000-1)/64 + 1; watch.Batches != batches-1 {
				t.Fatalf("got %d batches after the first, want %d", watch.Batches, batches-1)
			}
			least = min(least, watch.share())
		}
		if least > 0.25 {
			t.Errorf("%d workers: got %.0f %% of the time spent waiting, want at most 25 %%", workers, 100*least)
		}
	}
}

// train trains workload a for an epoch.
func (w *waitWatch) train(tb testing.TB, workers int) {
	tb.Helper()
	images, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		tb.Fatal(err)
	}
	a, err := Find("a")
	if err != nil {
		tb.Fatal(err)
	}
	tr := &train.Trainer{Model: a.Model, Loss: graph.CrossEntropy{}, Epochs: 1, Workers: workers, Callbacks: []train.Callback{w}}
	if _, err := tr.Fit(context.Background(), images, nil); err != nil {
		tb.Fatal(err)
	}
}

// share is the share of the time spent waiting.
func (w *waitWatch) share() float64 { return w.Time.Seconds() / w.steps.Seconds() }

// A waitWatch adds up waits and time after the first step of each run, in which the workers begin.
type waitWatch struct {
	train.Base
	data.Waiting
	steps time.Duration

	first data.Waiting
	begin time.Time
}

// BeforeStep marks the first step.
func (w *waitWatch) BeforeStep(r *train.Run) error {
	if r.Step == 0 {
		w.begin, w.first = time.Now(), r.Waiting
	}
	return nil
}

// AfterEpoch adds the numbers of the run.
func (w *waitWatch) AfterEpoch(r *train.Run) error {
	w.steps += time.Since(w.begin)
	w.Batches += r.Waiting.Batches - w.first.Batches
	w.Late += r.Waiting.Late - w.first.Late
	w.Time += r.Waiting.Time - w.first.Time
	return nil
}
