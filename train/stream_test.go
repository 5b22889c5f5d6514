package train

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/models/transformer"
	"github.com/gradflow/gradflow/train/metric"
)

// streamOf gives the samples of a dataset in batches of 7.
func streamOf(ds *data.Dataset) *data.Stream {
	return &data.Stream{Samples: ds.Len(), Open: func(context.Context) iter.Seq2[data.Batch, error] {
		return func(yield func(data.Batch, error) bool) {
			batches, err := data.Batches{Size: 7}.All(ds, 0)
			if err != nil {
				yield(data.Batch{}, err)
				return
			}
			for _, b := range batches {
				if !yield(b, nil) {
					return
				}
			}
		}
	}}
}

// A stream in its stored order trains as the dataset does, bit by bit, whatever the number of workers.
func TestFitStream(t *testing.T) {
	ds := prices(t, 50)
	fit := func(fit func(tr *Trainer) (History, error), tr *Trainer) []float32 {
		steps, batches := 0, 0
		tr.NoShuffle, tr.BatchSize, tr.Epochs = true, 8, 3
		tr.Callbacks = []Callback{&hooks{afterStep: func(r *Run) error {
			steps, batches = r.Steps, r.Waiting.Batches
			return nil
		}}}
		history, err := fit(tr)
		if err != nil {
			t.Fatal(err)
		}
		if len(history.Losses) != steps || batches != 21 || tr.Accumulate == 0 && steps != 21 {
			t.Errorf("got %d losses of %d steps and %d batches, want 21 batches", len(history.Losses), steps, batches)
		}
		var values []float32
		for _, p := range tr.Params.All() {
			values = append(values, p.Value.Float32s()...)
		}
		return values
	}
	for _, accumulate := range []int{0, 3} {
		want := appraiser()
		want.Accumulate = accumulate
		dataset := fit(func(tr *Trainer) (History, error) { return tr.Fit(background, ds, ds) }, want)
		for _, workers := range []int{0, 1, 2} {
			tr := appraiser()
			tr.Accumulate, tr.Workers = accumulate, workers
			if got := fit(func(tr *Trainer) (History, error) { return tr.FitStream(background, streamOf(ds), ds) }, tr); !slices.Equal(got, dataset) {
				t.Errorf("accumulate %d, %d workers: the parameters differ from those of the dataset", accumulate, workers)
			}
		}
	}
	shuffled := appraiser()
	if _, err := shuffled.FitStream(background, streamOf(ds), nil); err != nil {
		t.Fatal(err)
	}
	scores, err := shuffled.Evaluate(background, ds)
	if err != nil {
		t.Fatal(err)
	}
	if r2 := scores.Metrics[metric.R2{}.Name()]; r2 < 0.9 {
		t.Errorf("R2 after a shuffled stream: got %v, want at least 0.9", r2)
	}
}

// Without X the first column of the dataset goes to the model in a stream too, whatever its name.
func TestFitStreamKeepsTheOrderOfColumns(t *testing.T) {
	source, shifted, next := make([]int, 60), make([]int, 60), make([]int, 60)
	for i := range source {
		source[i], shifted[i], next[i] = i%5, i*i%5, i*7%5
	}
	rows := func(v []int) *tensor.Dense { return tensor.New(tensor.WithShape(20, 3), tensor.WithBacking(v)) }
	var all [][]float64
	for _, name := range []string{"source", "input"} {
		ds := &data.Dataset{Y: rows(next), Columns: []data.Column{{Name: name, Values: rows(source)}, {Name: "shifted", Values: rows(shifted)}}}
		all = append(all, sameInStream(t, ds))
	}
	if !slices.Equal(all[0], all[1]) {
		t.Errorf("losses %v of a column \"input\", want those of another name, %v", all[1], all[0])
	}
}

// sameInStream checks that a stream of the dataset gives the losses of the dataset, and returns them.
func sameInStream(t *testing.T, ds *data.Dataset) []float64 {
	t.Helper()
	losses := func(fit func(tr *Trainer) (History, error)) []float64 {
		history, err := fit(&Trainer{
			Model: transformer.EncoderDecoder{Source: 5, Context: 3, Width: 4, Config: attention.Config{Layers: 1}},
			Loss:  graph.CrossEntropy{}, Epochs: 2, BatchSize: 8, NoShuffle: true, Dtype: tensor.Float64,
		})
		if err != nil {
			t.Fatal(err)
		}
		return history.Losses
	}
	want := losses(func(tr *Trainer) (History, error) { return tr.Fit(background, ds, nil) })
	if got := losses(func(tr *Trainer) (History, error) { return tr.FitStream(background, streamOf(ds), ds) }); !slices.Equal(got, want) {
		t.Errorf("losses of a stream %v, want those of the dataset %v", got, want)
	}
	return want
}

func TestWrongFitStream(t *testing.T) {
	ds := prices(t, 50)
	late := streamOf(ds)
	late.Samples++
	broken := streamOf(ds)
	broken.Open = func(context.Context) iter.Seq2[data.Batch, error] {
		return func(yield func(data.Batch, error) bool) { yield(data.Batch{}, errors.New("disk on fire")) }
	}
	var none context.Context
	plain := &Trainer{Model: graph.Dense{Units: 1}, Loss: graph.MSE{}, Epochs: 1, BatchSize: 8}
	for want, run := range map[string]func() error{
		"context is nil":          func() error { _, err := plain.FitStream(none, streamOf(ds), nil); return err },
		"Open is nil":             func() error { _, err := plain.FitStream(background, nil, nil); return err },
		"disk on fire":            func() error { _, err := plain.FitStream(background, broken, nil); return err },
		"got 50 samples, want 51": func() error { _, err := plain.FitStream(background, late, nil); return err },
		"the stream, batch 1 of epoch 0: the target of sample 4: got -1, want 0 to 1": func() error {
			y := make([]float32, 50)
			y[12] = -1
			signs := &data.Dataset{X: ds.X, Y: tensor.New(tensor.WithShape(50, 1), tensor.WithBacking(y))}
			tr := &Trainer{Model: plain.Model, Loss: graph.BCE{}, Epochs: 1, BatchSize: 8, NoShuffle: true}
			_, err := tr.FitStream(background, streamOf(signs), nil)
			return err
		},
		"transforms for a stream": func() error {
			tr := &Trainer{Model: plain.Model, Loss: plain.Loss, Augment: []data.Transform{data.Moments{}}}
			_, err := tr.FitStream(background, streamOf(ds), nil)
			return err
		},
		"X of the training set": func() error {
			ids := &data.Dataset{Columns: []data.Column{{Name: "ids", Values: tensor.New(tensor.WithShape(50), tensor.WithBacking(make([]int, 50)))}}, Y: ds.Y}
			tr := appraiser()
			_, err := tr.FitStream(background, streamOf(ids), nil)
			return err
		},
	} {
		if err := run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}
