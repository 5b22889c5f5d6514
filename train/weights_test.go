package train

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/dist"
)

// weighted are points with a column of weights, some of which are 0.
func weighted(t *testing.T, n int) *data.Dataset {
	t.Helper()
	ds := moons(t, n, 1)
	w := make([]float64, n)
	for i := range w {
		w[i] = float64(i % 4)
	}
	ds.Columns = append(ds.Columns, data.Column{Name: "weight", Values: tensor.New(tensor.WithShape(n), tensor.WithBacking(w))})
	return ds
}

// A weighted mean is one over all samples, however they are cut into batches, and accumulated batches make the update of one.
func TestWeightedMeansDoNotDependOnBatches(t *testing.T) {
	ds := weighted(t, 22)
	for _, loss := range []graph.Loss{
		graph.WeightedBy("weight", graph.CrossEntropy{}), graph.CrossEntropy{Weights: []float64{0.2, 3}},
		graph.WeightedBy("weight", graph.CrossEntropy{Sum: true}),
	} {
		fit := func(batch, accumulate int) (loss1, accuracy float64, params []float64) {
			tr := &Trainer{
				Model: graph.Sequential{graph.Dense{Units: 5}, graph.Tanh, graph.Dense{Units: 2}}, Loss: loss, Dtype: tensor.Float64,
				BatchSize: batch, Accumulate: accumulate, EvalBatchSize: batch, Epochs: 2, NoShuffle: true,
			}
			h, err := tr.Fit(background, ds, ds)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range tr.Params.All() {
				params = append(params, p.Value.Float64s()...)
			}
			return h.Epochs[1].Val.Loss, h.Epochs[1].Val.Accuracy, params
		}
		wantLoss, wantAccuracy, want := fit(8, 1)
		gotLoss, gotAccuracy, got := fit(4, 2)
		if math.Abs(gotLoss-wantLoss) > 1e-9 || gotAccuracy != wantAccuracy {
			t.Errorf("%v: got loss %v and accuracy %v, want %v and %v", loss, gotLoss, gotAccuracy, wantLoss, wantAccuracy)
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-9 {
				t.Fatalf("%v: parameter %d: got %v, want %v", loss, i, got[i], want[i])
			}
		}
	}
}

// Samples of weight 0 change nothing.
func TestSamplesWithoutWeight(t *testing.T) {
	ds := weighted(t, 20)
	var with []int
	for i, w := range ds.Column("weight").Float64s() {
		if w != 0 {
			with = append(with, i)
		}
	}
	others, err := ds.Pick(with...)
	if err != nil {
		t.Fatal(err)
	}
	loss := func(ds *data.Dataset) float64 {
		tr := &Trainer{
			Model: graph.Dense{Units: 2}, Loss: graph.WeightedBy("weight", graph.CrossEntropy{}), Dtype: tensor.Float64,
			BatchSize: ds.Len(), Epochs: 3, NoShuffle: true,
		}
		h, err := tr.Fit(background, ds, nil)
		if err != nil {
			t.Fatal(err)
		}
		return h.Epochs[2].Train.Loss
	}
	if got, want := loss(ds), loss(others); math.Abs(got-want) > 1e-12 {
		t.Errorf("got loss %v, want %v as without these samples", got, want)
	}
}

// A batch whose samples all weigh 0 moves no parameter and counts in no score: the run has the same numbers without it. In an accumulated step,
// or on one of several ranks, the other batches make the update.
func TestBatchesWithoutWeight(t *testing.T) {
	for name, c := range map[string]struct {
		loss graph.Loss
		edit func(y []int, w []float64) // of the second batch of 4
	}{
		"samples": {graph.WeightedBy("weight", graph.CrossEntropy{}), func(_ []int, w []float64) { clear(w) }},
		"classes": {graph.CrossEntropy{Weights: []float64{1, 2, 0}}, func(y []int, _ []float64) { copy(y, []int{2, 2, 2, 2}) }},
		"padding": {graph.CrossEntropy{Padded: true}, func(y []int, _ []float64) { copy(y, []int{-1, -1, -1, -1}) }},
	} {
		all := moons(t, 16, 1)
		w := make([]float64, 16)
		for i := range w {
			w[i] = 1 + float64(i%3)
		}
		all.Columns = []data.Column{{Name: "weight", Values: tensor.New(tensor.WithShape(16), tensor.WithBacking(w))}}
		c.edit(all.Y.Ints()[4:8], w[4:8])
		all.Columns = append(all.Columns, data.Column{Name: "label", Values: all.Y}) // which may be padding
		all.Y = nil
		others, err := all.Pick(0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15)
		if err != nil {
			t.Fatal(err)
		}
		fit := func(ds *data.Dataset, size, accumulate, ranks int) (scores Scores, steps int, params []float64) {
			err := dist.Local(ranks, func(comm dist.Comm) error {
				tr := &Trainer{
					Model: graph.Sequential{graph.Dense{Units: 5}, graph.Tanh, graph.Dense{Units: 3}}, Dtype: tensor.Float64,
					Losses:    []graph.Objective{{Loss: c.loss, Target: "label"}},
					BatchSize: size, Accumulate: accumulate, Epochs: 2, NoShuffle: true, AverageDecay: 0.9, Callbacks: []Callback{&StopOnNaN{}},
				}
				if ranks > 1 {
					tr.Comm = comm
				}
				h, err := tr.Fit(background, ds, nil)
				if err != nil || comm.Rank() > 0 {
					return err
				}
				scores, steps = h.Epochs[1].Train, len(h.Losses)
				for _, p := range append(tr.Params.All(), tr.Averaged.All()...) {
					params = append(params, p.Value.Float64s()...)
				}
				return nil
			})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return scores, steps, params
		}
		same := func(what string, got, want []float64, scores, wantScores Scores) {
			if math.Abs(scores.Loss-wantScores.Loss) > 1e-12 {
				t.Errorf("%s, %s: got loss %v, want %v", name, what, scores.Loss, wantScores.Loss)
			}
			for i := range want {
				if !(math.Abs(got[i]-want[i]) <= 1e-12) {
					t.Fatalf("%s, %s: parameter %d: got %v, want %v", name, what, i, got[i], want[i])
				}
			}
		}
		wantScores, _, want := fit(others, 4, 1, 1)
		scores, steps, got := fit(all, 4, 1, 1)
		same("left out", got, want, scores, wantScores)
		if steps != 8 {
			t.Errorf("%s: got %d steps, want 8", name, steps)
		}
		wantScores, _, want = fit(all, 8, 1, 1)
		scores, _, got = fit(all, 4, 2, 1)
		same("accumulated", got, want, scores, wantScores)
		scores, _, got = fit(all, 4, 1, 2)
		same("two ranks", got, want, scores, wantScores)
		wantScores, _, want = fit(all, 4, 1, 1)
		scores, _, got = fit(all, 2, 1, 2)
		same("none on two ranks", got, want, scores, wantScores)
	}
}

func TestNegativeWeights(t *testing.T) {
	ds := weighted(t, 22)
	bad, err := ds.Pick(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	if err != nil {
		t.Fatal(err)
	}
	bad.Column("weight").Float64s()[9] = -151
	tr := func() *Trainer {
		return &Trainer{
			Model: graph.Dense{Units: 2}, Loss: graph.WeightedBy("weight", graph.CrossEntropy{}), Dtype: tensor.Float64, BatchSize: 5,
			Epochs: 1, NoShuffle: true,
		}
	}
	_, err = tr().Fit(background, bad, nil)
	wantError(t, err, `column "weight" of the training set`, "sample 9", "got -151")
	_, err = tr().Fit(background, ds, bad)
	wantError(t, err, `column "weight" of the validation set`, "sample 9", "got -151")
	_, err = tr().Evaluate(background, bad)
	wantError(t, err, `column "weight" of the dataset`, "sample 9", "got -151")
	_, err = tr().FitStream(background, streamOf(bad), nil)
	wantError(t, err, `column "weight" of the stream, batch 1 of epoch 0`, "sample 4", "got -151")
}
