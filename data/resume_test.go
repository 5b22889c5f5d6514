package data

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"gorgonia.org/tensor"
)

// snapshots are the values of all batches of a walk.
func snapshots(t *testing.T, walk func(yield func(Batch, error) bool)) (list [][]float64) {
	t.Helper()
	for batch, err := range walk {
		if err != nil {
			t.Fatal(err)
		}
		values := make([]float64, batch.X.Shape().TotalSize())
		readRow(values, batch.X, 0)
		list = append(list, values)
	}
	return list
}

// A walk from a batch on is the rest of the whole walk, whatever the number of workers.
func TestLoaderFromABatch(t *testing.T) {
	ds := numbered(t, 23, 2, tensor.Float64)
	for _, workers := range []int{0, 1, 3} {
		l := Loader{Batches: Batches{Size: 4, Shuffle: true, Seed: 7}, Augment: []Transform{noise, average}, Workers: workers}
		all := snapshots(t, l.All(context.Background(), ds, 2))
		for batch := range len(all) + 1 {
			got := snapshots(t, l.From(context.Background(), ds, 2, batch))
			if want := all[batch:]; len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("%d workers, from batch %d: got %v, want %v", workers, batch, got, want)
			}
		}
	}
	for _, batch := range []int{-1, 7} {
		for _, err := range (Loader{Batches: Batches{Size: 4}}).From(context.Background(), ds, 0, batch) {
			wantError(t, err, "first batch of a walk", "want 0 to 6")
		}
	}
}

// A caller that works longer on a batch than a worker needs to prepare one waits for the first alone.
func TestWaiting(t *testing.T) {
	slow := hook(func(*Sample) { time.Sleep(time.Second) })
	for _, test := range []struct {
		workers, late int
		step, waited  time.Duration
	}{
		{0, 5, 10 * time.Second, 20 * time.Second}, // each batch is prepared when it is asked for
		{1, 1, 10 * time.Second, 4 * time.Second},
		{1, 5, time.Second, 16 * time.Second},    // too slow for its caller: 20 s of preparing, 4 of them during steps
		{4, 2, time.Second / 2, 6 * time.Second}, // the fifth batch begins when the first is done
	} {
		synctest.Test(t, func(t *testing.T) {
			var w Waiting
			l := Loader{Batches: Batches{Size: 4}, Augment: []Transform{slow}, Workers: test.workers, Waiting: &w}
			for _, err := range l.All(t.Context(), numbered(t, 20, 1, tensor.Float64), 0) {
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(test.step)
			}
			if want := (Waiting{Batches: 5, Late: test.late, Time: test.waited}); w != want {
				t.Errorf("%d workers, steps of %v: got %+v, want %+v", test.workers, test.step, w, want)
			}
		})
	}
}
