package train

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
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
