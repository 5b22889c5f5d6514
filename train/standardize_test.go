package train

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/rnn"
	"github.com/gradflow/gradflow/train/metric"
	"github.com/gradflow/gradflow/train/optim"
)

// prices is a table in units of its own: two features near 1000 and 0.01, and a price near 250,000 that depends on them.
func prices(t *testing.T, n int) *data.Dataset {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	var x, y []float64
	for range n {
		u, v := rng.NormFloat64(), rng.NormFloat64()
		x = append(x, 1000+200*u, 0.01+0.002*v)
		y = append(y, 250_000+40_000*u-30_000*v)
	}
	xs, err := tensors.FromSlice(tensor.Float32, x, n, 2)
	if err != nil {
		t.Fatal(err)
	}
	ys, err := tensors.FromSlice(tensor.Float32, y, n, 1)
	if err != nil {
		t.Fatal(err)
	}
	return &data.Dataset{X: xs, Y: ys}
}

func appraiser() *Trainer {
	return &Trainer{
		Model: mlp.Model{Input: 2, Hidden: []int{8}, Output: 1, Activation: graph.Tanh}, Loss: graph.MSE{},
		Optimizer: &optim.SGD{LearningRate: 0.1}, Metrics: []metric.Metric{metric.MAE{}, metric.R2{}}, Epochs: 20,
		StandardizeInputs: true, StandardizeTargets: true,
	}
}

func TestStandardizedRegression(t *testing.T) {
	ctx, ds := context.Background(), prices(t, 400)
	trainer := appraiser()
	if _, err := trainer.Predict(ctx, ds.X); err != nil { // the moments exist before they are measured
		t.Fatal(err)
	}
	if _, err := trainer.Fit(ctx, ds, nil); err != nil {
		t.Fatal(err)
	}
	scores, err := trainer.Evaluate(ctx, ds)
	if err != nil {
		t.Fatal(err)
	}
	if r2 := scores.Metrics[metric.R2{}.Name()]; r2 < 0.98 {
		t.Errorf("R2: got %v, want at least 0.98", r2)
	}
	if mae := scores.Metrics[metric.MAE{}.Name()]; mae < 10 || mae > 7000 {
		t.Errorf("mean absolute error: got %v, want it in the units of the price", mae)
	}
	// The loss is that of standardised targets, whose variance is 1.
	if math.Abs(scores.Loss-(1-scores.Metrics[metric.R2{}.Name()])) > 1e-3 {
		t.Errorf("loss: got %v, want 1 - R2 = %v", scores.Loss, 1-scores.Metrics[metric.R2{}.Name()])
	}
	want, err := trainer.Predict(ctx, ds.X)
	if err != nil {
		t.Fatal(err)
	}

	path := filepath.Join(t.TempDir(), "prices.safetensors")
	if err := trainer.Params.Save(path); err != nil {
		t.Fatal(err)
	}
	other := appraiser()
	other.Params = graph.NewParams(tensor.Float32, 5)
	if err := other.Params.Load(path, graph.Assignment{}); err != nil {
		t.Fatal(err)
	}
	got, err := other.Predict(ctx, ds.X)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Float32s(), want.Float32s()) {
		t.Error("a loaded model predicts something else")
	}

	// A second Fit, on other data, keeps the moments.
	half, err := ds.Slice(0, 10)
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(other.Params.Get(graph.TargetMean).Value.Float32s())
	if _, err := other.Fit(ctx, half, nil); err != nil {
		t.Fatal(err)
	}
	if after := other.Params.Get(graph.TargetMean).Value.Float32s(); !slices.Equal(before, after) {
		t.Errorf("mean of the targets: got %v after a second Fit, want %v", after, before)
	}
}

// A trainer of sequences that standardises their features is one without, of features that were standardised before.
func TestStandardizedSequences(t *testing.T) {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	const n, steps = 40, 5
	var x, y []float64
	for range n * steps {
		u, v := rng.NormFloat64(), rng.NormFloat64()
		x, y = append(x, 1000+200*u, 0.01+0.002*v), append(y, 50+7*u*v)
	}
	raw := &data.Dataset{
		X: tensor.New(tensor.WithShape(n, steps, 2), tensor.WithBacking(slices.Clone(x))),
		Y: tensor.New(tensor.WithShape(n, steps, 1), tensor.WithBacking(y)),
	}
	before := &data.Dataset{X: tensor.New(tensor.WithShape(n, steps, 2), tensor.WithBacking(x)), Y: raw.Y}
	moments, err := before.SequenceMoments()
	if err != nil {
		t.Fatal(err)
	}
	if err := before.Normalize(moments); err != nil {
		t.Fatal(err)
	}
	train := func(ds *data.Dataset, inputs bool, stream *data.Stream) (*Trainer, []float64) {
		trainer := &Trainer{
			Model: rnn.Classifier{Outputs: 1, Config: rnn.Config{Units: 4}, EveryStep: true}, Loss: graph.MSE{}, Dtype: tensor.Float64,
			Optimizer: &optim.SGD{LearningRate: 0.1}, Epochs: 3, BatchSize: 8, NoShuffle: true,
			StandardizeInputs: inputs, StandardizeTargets: true, FeaturesLast: true,
		}
		var err error
		if stream == nil {
			_, err = trainer.Fit(ctx, ds, nil)
		} else {
			_, err = trainer.FitStream(ctx, stream, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		predicted, err := trainer.Predict(ctx, ds.X)
		if err != nil {
			t.Fatal(err)
		}
		return trainer, predicted.Float64s()
	}
	_, want := train(before, false, nil)
	for name, stream := range map[string]*data.Stream{"set": nil, "stream": streamOf(raw)} {
		trainer, got := train(raw, true, stream)
		if shape := trainer.Params.Get(graph.InputMean).Value.Shape(); !shape.Eq(tensor.Shape{2}) {
			t.Errorf("%s: got means of shape %v, want one for each of 2 features", name, shape)
		}
		// The features differ by their rounding, 1e-16 times the 1000 that is subtracted from them.
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-9 {
				t.Fatalf("%s: prediction %d: got %v, want %v", name, i, got[i], want[i])
			}
		}
	}
}

// Parameters that were trained without moments get those of the training set, however they came into the store, and keep them.
func TestStandardizeTrainedParameters(t *testing.T) {
	ctx, ds := context.Background(), prices(t, 400)
	plain := appraiser()
	plain.StandardizeInputs, plain.StandardizeTargets, plain.Epochs = false, false, 1
	plain.Optimizer = &optim.SGD{LearningRate: 1e-15}
	if _, err := plain.Fit(ctx, ds, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plain.safetensors")
	if err := plain.Params.Save(path); err != nil {
		t.Fatal(err)
	}
	wantX, err := ds.FeatureMoments()
	if err != nil {
		t.Fatal(err)
	}
	for name, prepare := range map[string]func(tr *Trainer) error{
		"a clone": func(tr *Trainer) error { tr.Params = plain.Params.Clone(); return nil },
		"loaded before the first program": func(tr *Trainer) error {
			tr.Params = graph.NewParams(tensor.Float32, 5)
			return tr.Params.Load(path, graph.Assignment{Partial: true})
		},
		"set after a prediction": func(tr *Trainer) error {
			if _, err := tr.Predict(ctx, ds.X); err != nil {
				return err
			}
			return tr.Params.Set("dense1/weight", plain.Params.Get("dense1/weight").Value)
		},
		"one of the two": func(tr *Trainer) error {
			tr.StandardizeTargets = false
			tr.Optimizer = &optim.SGD{LearningRate: 1e-15}
			_, err := tr.Fit(ctx, ds, nil)
			tr.StandardizeTargets, tr.Optimizer = true, &optim.SGD{LearningRate: 0.1}
			return err
		},
	} {
		tr := appraiser()
		tr.Epochs = 1
		if err := prepare(tr); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		history, err := tr.Fit(ctx, ds, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, v := range tr.Params.Get(graph.InputMean).Value.Float32s() {
			if v != float32(wantX.Mean[i]) {
				t.Errorf("%s: feature %d: got the mean %v, want %v", name, i, v, wantX.Mean[i])
			}
		}
		if loss := history.Losses[0]; !(loss < 100) { // that of the mean is 1
			t.Errorf("%s: got a first loss of %g of standardised targets", name, loss)
		}
		means := slices.Clone(tr.Params.Get(graph.TargetMean).Value.Float32s())
		half, err := ds.Slice(0, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, again := range []*graph.Params{tr.Params, tr.Params.Clone()} {
			tr.Params, tr.Optimizer = again, &optim.SGD{LearningRate: 0.1}
			if _, err := tr.Fit(ctx, half, nil); err != nil {
				t.Fatal(err)
			}
			if got := again.Get(graph.TargetMean).Value.Float32s(); !slices.Equal(got, means) {
				t.Errorf("%s: got the means %v after a second Fit, want %v", name, got, means)
			}
		}
	}
}

// A test of rates standardises sequences as the trainer does: along their last axis.
func TestFindRateStandardizesSequences(t *testing.T) {
	values := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = float64(i % 7)
		}
		return v
	}
	ds := &data.Dataset{
		X: tensor.New(tensor.WithShape(20, 5, 2), tensor.WithBacking(values(200))), Y: tensor.New(tensor.WithShape(20, 5, 1), tensor.WithBacking(values(100))),
	}
	tr := &Trainer{
		Model: rnn.Classifier{Outputs: 1, Config: rnn.Config{Units: 4}, EveryStep: true}, Loss: graph.MSE{}, Dtype: tensor.Float64,
		StandardizeInputs: true, StandardizeTargets: true, FeaturesLast: true, NoShuffle: true,
	}
	curve, err := tr.FindRate(context.Background(), ds, RateTest{From: 1e-12, To: 1e-11, Steps: 2})
	if err != nil {
		t.Fatal(err)
	}
	tr.Epochs = 1
	history, err := tr.Fit(context.Background(), ds, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := curve.Losses[0], history.Losses[0]; math.Abs(got/want-1) > 1e-12 {
		t.Errorf("first loss: got %g in the test, want %g as in training", got, want)
	}
}

func TestWrongStandardize(t *testing.T) {
	ctx, ds := context.Background(), prices(t, 10)
	for want, trainer := range map[string]*Trainer{
		"want a loss of numbers": {Model: graph.Dense{Units: 2}, Loss: graph.CrossEntropy{}, StandardizeTargets: true},
		"got Losses, want Loss":  {Model: graph.Dense{Units: 1}, Losses: []graph.Objective{{Loss: graph.MSE{}}}, StandardizeTargets: true},
	} {
		if _, err := trainer.Fit(ctx, ds, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
	noY := &data.Dataset{X: ds.X}
	if _, err := appraiser().Fit(ctx, noY, nil); err == nil || !strings.Contains(err.Error(), "Y of the training set: got none") {
		t.Errorf("without Y: got error %v", err)
	}
}
