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
// batches that are late:
//
//	go test ./bench -run '^$' -bench Wait -benchtime 5x
func BenchmarkWait(b *testing.B) {
	images, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		b.Fatal(err)
	}
	w, err := Find("a")
	if err != nil {
		b.Fatal(err)
	}
	for _, workers := range []int{0, 1, 2} {
		b.Run(fmt.Sprintf("%d workers", workers), func(b *testing.B) {
			watch := new(waitWatch)
			for b.Loop() {
				tr := &train.Trainer{Model: w.Model, Loss: graph.CrossEntropy{}, Epochs: 1, Workers: workers, Callbacks: []train.Callback{watch}}
				if _, err := tr.Fit(context.Background(), images, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(100*watch.Time.Seconds()/watch.steps.Seconds(), "%wait")
			b.ReportMetric(100*float64(watch.Late)/float64(watch.Batches), "%late")
		})
	}
}

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
