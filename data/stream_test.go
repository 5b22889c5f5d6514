package data

import (
	"context"
	"iter"
	"math"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// streamOf gives the samples of a dataset in batches of so many, in memory that is used anew.
func streamOf(ds *Dataset, size int) *Stream {
	return &Stream{Samples: ds.Len(), Classes: ds.Classes, Open: func(context.Context) iter.Seq2[Batch, error] {
		return func(yield func(Batch, error) bool) {
			batches, err := Batches{Size: size}.All(ds, 0)
			if err != nil {
				yield(Batch{}, err)
				return
			}
			for _, b := range batches {
				if !yield(Batch{X: b.X, Y: b.Y, Columns: map[string]*tensor.Dense{"id": b.Columns["id"]}}, nil) {
					return
				}
			}
		}
	}}
}

// streamed walks an epoch and returns the numbers of the samples by batch. It checks that each sample is whole.
func streamed(t *testing.T, l StreamLoader, s *Stream, epoch, from int) (batches [][]int) {
	t.Helper()
	for batch, err := range l.From(context.Background(), s, epoch, from) {
		if err != nil {
			t.Fatal(err)
		}
		ids := slices.Clone(batch.Columns["id"].Ints())
		if batch.Len() != len(ids) || batch.X.Shape()[0] != len(ids) {
			t.Fatalf("got a batch of %d with X of %v, want %d samples", batch.Len(), batch.X.Shape(), len(ids))
		}
		for i, id := range ids {
			if got := batch.X.Float64s()[2*i]; got != float64(2*id) {
				t.Fatalf("sample %d: got X %v, want %d", id, got, 2*id)
			}
		}
		batches = append(batches, ids)
	}
	return batches
}

func inOrder(n int) (list []int) {
	for i := range n {
		list = append(list, i)
	}
	return list
}

func TestStreamInStoredOrder(t *testing.T) {
	ds := numbered(t, 23, 2, tensor.Float64)
	for _, chunk := range []int{1, 4, 7, 23} {
		for _, ahead := range []int{0, 1, 3} {
			got := streamed(t, StreamLoader{Batches: Batches{Size: 5}, Ahead: ahead}, streamOf(ds, chunk), 0, 0)
			if all := slices.Concat(got...); len(got) != 5 || !slices.Equal(all, inOrder(23)) {
				t.Errorf("chunks of %d, %d ahead: got %v, want all in order", chunk, ahead, got)
			}
		}
	}
	got := streamed(t, StreamLoader{Batches: Batches{Size: 5, DropLast: true}, Ahead: 1}, streamOf(ds, 7), 0, 0)
	if all := slices.Concat(got...); !slices.Equal(all, inOrder(20)) {
		t.Errorf("DropLast: got %v, want 20 in order", got)
	}
}

// A shuffle visits each sample once, in an order that depends on seed, epoch and buffer, not on chunks or goroutines. A walk from a
// batch on is the rest of the whole walk.
func TestStreamShuffles(t *testing.T) {
	ds := numbered(t, 50, 2, tensor.Float64)
	walk := func(seed uint64, epoch, buffer, chunk, ahead, from int) [][]int {
		s := streamOf(ds, chunk)
		s.Buffer = buffer
		return streamed(t, StreamLoader{Batches: Batches{Size: 8, Shuffle: true, Seed: seed}, Ahead: ahead}, s, epoch, from)
	}
	for _, buffer := range []int{2, 10, 50, 0} {
		want := walk(1, 0, buffer, 9, 0, 0)
		sorted := slices.Sorted(slices.Values(slices.Concat(want...)))
		if !slices.Equal(sorted, inOrder(50)) || slices.IsSorted(slices.Concat(want...)) {
			t.Errorf("buffer of %d: got %v, want each sample once, shuffled", buffer, want)
		}
		for i, id := range slices.Concat(want...) {
			if buffer > 0 && id >= i+buffer {
				t.Errorf("buffer of %d: got sample %d at place %d, before it was read", buffer, id, i)
			}
		}
		for _, ahead := range []int{0, 1, 3} {
			for from := range len(want) + 1 {
				got := walk(1, 0, buffer, 4, ahead, from)
				if len(got) != len(want)-from || len(got) > 0 && !reflect.DeepEqual(got, want[from:]) {
					t.Errorf("buffer of %d, from batch %d: got %v, want %v", buffer, from, got, want[from:])
				}
			}
		}
		if reflect.DeepEqual(walk(2, 0, buffer, 9, 0, 0), want) || reflect.DeepEqual(walk(1, 1, buffer, 9, 0, 0), want) {
			t.Error("another seed or epoch gives the same order")
		}
	}
}

func TestStreamMoments(t *testing.T) {
	ds := numbered(t, 23, 3, tensor.Float64)
	want, err := ds.FeatureMoments()
	if err != nil {
		t.Fatal(err)
	}
	got, err := streamOf(ds, 4).Moments(context.Background(), "input")
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Mean {
		if math.Abs(got.Mean[i]-want.Mean[i]) > 1e-12 || math.Abs(got.Std[i]-want.Std[i]) > 1e-12 {
			t.Errorf("feature %d: got %v and %v, want %v and %v", i, got.Mean[i], got.Std[i], want.Mean[i], want.Std[i])
		}
	}
	_, err = streamOf(ds, 4).Moments(context.Background(), "id")
	wantError(t, err, "moments of a stream", `want "id" with numbers`)
}

func TestWrongStreams(t *testing.T) {
	ds := numbered(t, 10, 2, tensor.Float64)
	broken := func(change func(s *Stream)) *Stream {
		s := streamOf(ds, 4)
		change(s)
		return s
	}
	// then gives a batch of its own after the samples.
	then := func(b Batch, err error) *Stream {
		return broken(func(s *Stream) {
			open := s.Open
			s.Open = func(ctx context.Context) iter.Seq2[Batch, error] {
				return func(yield func(Batch, error) bool) {
					for b, err := range open(ctx) {
						if !yield(b, err) {
							return
						}
					}
					yield(b, err)
				}
			}
			s.Samples = 14
		})
	}
	nan := numbered(t, 4, 2, tensor.Float64)
	nan.X.Float64s()[3] = math.NaN()
	for _, test := range []struct {
		stream *Stream
		want   string
	}{
		{nil, "Open is nil"},
		{broken(func(s *Stream) { s.Samples = 0 }), "got 0 Samples"},
		{broken(func(s *Stream) { s.Buffer = -1 }), "got Buffer -1"},
		{broken(func(s *Stream) { s.Samples = 9 }), "batch 2: data: got at least 10 samples, want 9"},
		{broken(func(s *Stream) { s.Samples = 11 }), "got 10 samples, want 11"},
		{then(Batch{}, errors.New("disk on fire")), "batch 3: data: disk on fire"},
		{then(numbered(t, 4, 3, tensor.Float64).Batch(), nil), "as in the first batch"},
		{then(nan.Batch(), nil), "X of sample 1: got NaN"},
	} {
		for _, ahead := range []int{0, 2} {
			var last error
			for _, err := range (StreamLoader{Batches: Batches{Size: 3}, Ahead: ahead}).From(context.Background(), test.stream, 0, 0) {
				last = err
			}
			wantError(t, last, test.want)
		}
	}
	for _, l := range []StreamLoader{{Batches: Batches{Size: -1}}, {Batches: Batches{Size: 11, DropLast: true}}, {Ahead: -1}} {
		for _, err := range l.From(context.Background(), streamOf(ds, 4), 0, 0) {
			wantError(t, err, "got")
		}
	}
	for _, err := range (StreamLoader{}).From(context.Background(), streamOf(ds, 4), 0, 2) {
		wantError(t, err, "a walk from batch 2, want 0 to 1")
	}
}

func TestStreamStops(t *testing.T) {
	for _, ahead := range []int{0, 1} {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		n := 0
		var last error
		l := StreamLoader{Batches: Batches{Size: 2}, Ahead: ahead}
		for _, err := range l.From(ctx, streamOf(numbered(t, 100, 2, tensor.Float64), 10), 0, 0) {
			n++
			cancel()
			last = err
		}
		if n != 2 || !errors.Is(last, context.Canceled) {
			t.Errorf("%d ahead: got %d batches and error %v, want one batch and context.Canceled", ahead, n, last)
		}
		synctest.Test(t, func(t *testing.T) { // which fails unless the goroutine has ended
			for range l.From(t.Context(), streamOf(numbered(t, 100, 2, tensor.Float64), 10), 0, 0) {
				break
			}
		})
	}
}

// A caller that is slower than the stream waits for the first batch alone.
func TestStreamWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ds := numbered(t, 20, 2, tensor.Float64)
		s := streamOf(ds, 4)
		open := s.Open
		s.Open = func(ctx context.Context) iter.Seq2[Batch, error] {
			return func(yield func(Batch, error) bool) {
				for b, err := range open(ctx) {
					time.Sleep(time.Second)
					if !yield(b, err) {
						return
					}
				}
			}
		}
		for _, test := range []struct {
			ahead, late int
			waited      time.Duration
		}{{0, 5, 5 * time.Second}, {1, 1, time.Second}} {
			var w Waiting
			for _, err := range (StreamLoader{Batches: Batches{Size: 4}, Ahead: test.ahead, Waiting: &w}).From(t.Context(), s, 0, 0) {
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
			}
			if w.Batches != 5 || w.Late != test.late || w.Time > test.waited+time.Second || w.Time < test.waited {
				t.Errorf("%d ahead: got %+v, want %d late", test.ahead, w, test.late)
			}
		}
	})
}

// A walk that panics is an error, on whatever goroutine it runs. A panic of whoever uses the batches passes.
func TestStreamPanics(t *testing.T) {
	for _, ahead := range []int{0, 2} {
		for at := range 3 {
			s := streamOf(numbered(t, 6, 2, tensor.Float64), 2)
			open, opened := s.Open, 0
			s.Open = func(ctx context.Context) iter.Seq2[Batch, error] {
				if opened++; opened == 1 { // by Head
					return open(ctx)
				}
				return func(yield func(Batch, error) bool) {
					i := 0
					for b, err := range open(ctx) {
						if i == at {
							panic("broken")
						}
						if i++; !yield(b, err) {
							return
						}
					}
				}
			}
			var last error
			for _, err := range (StreamLoader{Batches: Batches{Size: 2}, Ahead: ahead}).From(context.Background(), s, 0, 0) {
				last = err
			}
			wantError(t, last, "the walk of Stream.Open panicked: broken")
		}
	}
	defer func() {
		if r := recover(); r != "mine" {
			t.Errorf("got %v, want the panic of the loop's body", r)
		}
	}()
	for range (StreamLoader{Batches: Batches{Size: 2}}).From(context.Background(), streamOf(numbered(t, 6, 2, tensor.Float64), 2), 0, 0) {
		panic("mine")
	}
}

// Without X and Y the names "input" and "target" are those of columns like others.
func TestStreamOfColumnsNamedAsXAndY(t *testing.T) {
	values := func(from float64) *tensor.Dense {
		return tensor.New(tensor.WithShape(4, 1), tensor.WithBacking([]float64{from, from + 1, from + 2, from + 3}))
	}
	ds := &Dataset{Columns: []Column{{Name: "other", Values: values(0)}, {Name: "target", Values: values(10)}, {Name: "input", Values: values(20)}}}
	batches, err := Batches{Size: 2}.All(ds, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range batches {
		if batch.X != nil || batch.Y != nil {
			t.Error("got X or Y in a batch of a dataset without, want columns alone")
		}
		names := []string{}
		for _, c := range batch.dataset().Columns {
			names = append(names, c.Name)
		}
		if want := []string{"other", "target", "input"}; !slices.Equal(names, want) {
			t.Errorf("got columns %q, want %q", names, want)
		}
	}
}
