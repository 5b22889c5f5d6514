package train

import (
	"context"
	"errors"
	"math"
	"reflect"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train/optim"
)

// classifierOf is a trainer for moons with all that makes training and evaluation differ.
func classifierOf() *Trainer {
	return &Trainer{
		Model:     mlp.Model{Input: 2, Hidden: []int{8}, Output: 2, Norm: graph.BN, Dropout: 0.5},
		Loss:      graph.CrossEntropy{},
		Optimizer: &optim.SGD{}, Dtype: tensor.Float64, Epochs: 2, BatchSize: 16, EvalBatchSize: 10,
	}
}

// In evaluation mode a sample's output depends on that sample alone, so any number of them must give the same rows.
func TestPredictAnyNumber(t *testing.T) {
	tr, ds := classifierOf(), moons(t, 60, 1)
	if _, err := tr.Fit(background, ds, nil); err != nil {
		t.Fatal(err)
	}
	all, err := tr.Predict(background, ds.X)
	if err != nil {
		t.Fatal(err)
	}
	if !all.Shape().Eq(tensor.Shape{60, 2}) {
		t.Fatalf("60 samples give an output of shape %v", all.Shape())
	}
	for _, n := range []int{1, 9, 10, 13, 20} {
		some, err := tr.Predict(background, rows(ds.X, 0, n))
		if err != nil {
			t.Fatal(err)
		}
		if !some.Shape().Eq(tensor.Shape{n, 2}) {
			t.Fatalf("%d samples give an output of shape %v", n, some.Shape())
		}
		for i, v := range some.Float64s() {
			// Other batch sizes may add up in another order.
			if want := all.Float64s()[i]; math.Abs(v-want) > 1e-14 {
				t.Errorf("%d samples: output %d is %v; among 60 it is %v", n, i, v, want)
			}
		}
	}
}

func TestPredictIsTheCallers(t *testing.T) {
	tr := linear()
	first, err := tr.Predict(background, f64(1, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Predict(background, f64(1, 7, 8)); err != nil {
		t.Fatal(err)
	}
	if got := first.Float64s(); got[0] != 1 || got[1] != 2 {
		t.Errorf("a later prediction changed an earlier one to %v", got)
	}
}

func TestBadPredictions(t *testing.T) {
	view := f64(2, 1, 2, 3, 4)
	if err := view.T(); err != nil {
		t.Fatal(err)
	}
	x32 := as32(t, f64(1, 1))
	for _, c := range []struct {
		name string
		x    *tensor.Dense
		want string
	}{
		{"nil", nil, "nothing to predict"},
		{"no axis of samples", tensor.New(tensor.WithBacking([]float64{1, 2})), "nothing to predict"},
		{"view", view, "transposed"},
		{"float32", x32, "the input of Predict has another type than the parameters: got float32"},
		{"two features", f64(2, 1, 2), "dense1/weight"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := linear()
			if _, err := tr.Predict(background, f64(1, 1)); err != nil {
				t.Fatal(err)
			}
			_, err := tr.Predict(background, c.x)
			wantError(t, err, c.want)
		})
	}
}

// A model of one batch normalisation shows what evaluation reads: (x - running mean)/√(running variance + 1e-5), scaled and
// shifted. The evaluation program is drawn before training, and must follow.
func TestEvaluationFollowsTraining(t *testing.T) {
	tr := linear()
	tr.Model, tr.Epochs = graph.BatchNorm{}, 3
	x := f64(1, 7)
	fresh, err := tr.Predict(background, x)
	if err != nil {
		t.Fatal(err)
	}
	if want := 7 / math.Sqrt(1+1e-5); math.Abs(fresh.Float64s()[0]-want) > 1e-14 {
		t.Errorf("before training the output is %v; want %v", fresh.Float64s()[0], want)
	}
	if _, err := tr.Fit(background, line(), nil); err != nil {
		t.Fatal(err)
	}
	value := func(name string) float64 { return tr.Params.Get("batchnorm1/" + name).Value.Float64s()[0] }
	// Three steps with the mean 3 and the unbiased variance 2.5 of 1 ... 5, each taken in by a tenth.
	if got, want := value("running_mean"), 3*(1-math.Pow(0.9, 3)); math.Abs(got-want) > 1e-14 {
		t.Errorf("the running mean is %v; want %v", got, want)
	}
	if got, want := value("running_var"), 2.5+(1-2.5)*math.Pow(0.9, 3); math.Abs(got-want) > 1e-14 {
		t.Errorf("the running variance is %v; want %v", got, want)
	}
	if value("gain") == 1 || value("shift") == 0 {
		t.Error("training did not move gain and shift")
	}
	want := (7-value("running_mean"))/math.Sqrt(value("running_var")+1e-5)*value("gain") + value("shift")
	got, err := tr.Predict(background, x)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Float64s()[0]-want) > 1e-13 {
		t.Errorf("after training the output is %v; want %v", got.Float64s()[0], want)
	}
}

func TestEvaluateLeavesParameters(t *testing.T) {
	tr, ds := classifierOf(), moons(t, 25, 1)
	if _, err := tr.Fit(background, ds, nil); err != nil {
		t.Fatal(err)
	}
	before := bits(tr.Params)
	first, err := tr.Evaluate(background, ds)
	if err != nil {
		t.Fatal(err)
	}
	again, err := tr.Evaluate(background, ds)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, again) {
		t.Errorf("two evaluations give %v and %v", first, again)
	}
	for i, p := range bits(tr.Params) {
		if p != before[i] {
			t.Errorf("evaluation moved %s to %s", before[i], p)
		}
	}
}

// The scores must be those of the predictions: the mean of -log softmax, and the share of rows with the right maximum.
func TestEvaluateAgreesWithPredict(t *testing.T) {
	tr, ds := classifierOf(), moons(t, 25, 1) // 25 is no multiple of EvalBatchSize
	scores, err := tr.Evaluate(background, ds)
	if err != nil {
		t.Fatal(err)
	}
	output, err := tr.Predict(background, ds.X)
	if err != nil {
		t.Fatal(err)
	}
	loss, hits := 0.0, 0.0
	for i, class := range ds.Y.Ints() {
		z := output.Float64s()[2*i : 2*i+2]
		loss -= z[class] - math.Log(math.Exp(z[0])+math.Exp(z[1]))
		if z[class] > z[1-class] {
			hits++
		}
	}
	// 25 terms of order 1.
	if math.Abs(scores.Loss-loss/25) > 1e-13 || scores.Accuracy != hits/25 {
		t.Errorf("scores are %+v; want a loss of %v and an accuracy of %v", scores, loss/25, hits/25)
	}
}

func TestBadEvaluations(t *testing.T) {
	tr := linear()
	_, err := tr.Evaluate(background, nil)
	wantError(t, err, "the dataset is nil")
	_, err = tr.Evaluate(background, &data.Dataset{X: f64(1, 1, 2), Y: ints(0, 1)})
	wantError(t, err, "the targets do not suit the loss: got int")
	tr = &Trainer{Model: graph.Dense{Units: 2}, Loss: graph.CrossEntropy{}, Dtype: tensor.Float64, EvalBatchSize: 2}
	_, err = tr.Evaluate(background, &data.Dataset{X: f64(1, 1, 2, 3), Y: ints(0, 1, 5)})
	wantError(t, err, "the class of sample 2: got 5")
}

func TestCancelledEvaluation(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	cancel()
	tr := linear()
	if _, err := tr.Evaluate(ctx, line()); !errors.Is(err, context.Canceled) {
		t.Errorf("Evaluate gives %v; want context.Canceled inside", err)
	}
	if _, err := tr.Predict(ctx, line().X); !errors.Is(err, context.Canceled) {
		t.Errorf("Predict gives %v; want context.Canceled inside", err)
	}
}

// A trainer that is given other parameters must not go on with the old ones.
func TestOtherParams(t *testing.T) {
	tr := linear()
	x := f64(1, 1)
	if _, err := tr.Predict(background, x); err != nil {
		t.Fatal(err)
	}
	tr.Model = graph.Dense{Units: 1, Init: initializer.Constant{Value: 5}}
	tr.Params = graph.NewParams(tensor.Float64, 1)
	y, err := tr.Predict(background, x)
	if err != nil {
		t.Fatal(err)
	}
	if got := y.Float64s()[0]; got != 5 {
		t.Errorf("the output is %g; want 5, by the new parameters", got)
	}
}
