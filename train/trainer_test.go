package train

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train/optim"
)

var background = context.Background()

// f64 makes rows of numbers.
func f64(columns int, values ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)/columns, columns), tensor.WithBacking(values))
}

// ints makes class labels.
func ints(values ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(values))
}

// moons are n points on two interleaved half circles, which no straight line separates, with their class.
func moons(t *testing.T, n int, seed uint64) *data.Dataset {
	t.Helper()
	noise, err := tensors.Randn(tensor.Float64, rand.New(rand.NewPCG(seed, 1)), n, 3)
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float64, 0, 2*n), make([]int, n)
	for i, z := 0, noise.Float64s(); i < n; i++ {
		// A point on the unit circle, in the upper half for class 0.
		a, b := z[3*i], z[3*i+1]
		r := math.Hypot(a, b)
		a, b = a/r, math.Abs(b)/r
		if y[i] = i % 2; y[i] == 1 {
			a, b = 1-a, 0.3-b
		}
		x = append(x, a+0.05*z[3*i+2], b)
	}
	return &data.Dataset{X: f64(2, x...), Y: ints(y...)}
}

// wantError fails the test if err is nil or lacks one of the parts.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error is: %v\nit should say: %s", err, part)
		}
	}
}

// linear is a trainer for y = w·x + b in float64, at a rate of 0.1.
func linear() *Trainer {
	return &Trainer{
		Model: graph.Dense{Units: 1, Init: initializer.Constant{Value: 1}}, Loss: graph.MSE{},
		Optimizer: &optim.SGD{LearningRate: 0.1}, Dtype: tensor.Float64, Epochs: 1,
	}
}

// line is five samples of y = 3x.
func line() *data.Dataset { return &data.Dataset{X: f64(1, 1, 2, 3, 4, 5), Y: f64(1, 3, 6, 9, 12, 15)} }

func TestDefaults(t *testing.T) {
	tr := &Trainer{Model: graph.Dense{Units: 2}, Loss: graph.CrossEntropy{}, Seed: 7}
	ds := moons(t, 100, 1)
	x, err := tensors.FromSlice(tensor.Float32, ds.X.Float64s(), 100, 2)
	if err != nil {
		t.Fatal(err)
	}
	history, err := tr.Fit(background, &data.Dataset{X: x, Y: ds.Y}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(history.Epochs) != 10 || len(history.Losses) != 20 {
		t.Errorf("%d epochs and %d steps; want 10 and 20, by 64 samples", len(history.Epochs), len(history.Losses))
	}
	if tr.Params == nil || tr.Params.Dtype() != tensor.Float32 || tr.Params.Seed() != 7 {
		t.Errorf("the parameters are %v; want float32 ones of seed 7, kept in the trainer", tr.Params)
	}
	if got := tr.Optimizer.String(); got != (&optim.Adam{}).String() {
		t.Errorf("the optimiser is %s", got)
	}
}

func TestBadTrainers(t *testing.T) {
	good, logits := line(), graph.Dense{Units: 2}
	labels := &data.Dataset{X: good.X, Y: ints(0, 1, 0, 1, 0)}
	for _, c := range []struct {
		name string
		edit func(*Trainer)
		ds   *data.Dataset
		val  *data.Dataset
		want string
	}{
		{"no model", func(tr *Trainer) { tr.Model = nil }, good, nil, "Trainer.Model is nil"},
		{"no loss", func(tr *Trainer) { tr.Loss = nil }, good, nil, "Trainer.Loss is nil"},
		{"nil model", func(tr *Trainer) { tr.Model = (*mlp.Model)(nil) }, good, nil, "Trainer.Model is nil"},
		{"nil loss by weight", func(tr *Trainer) { tr.Loss = graph.WeightedBy("weight", nil) }, good, nil, "Trainer.Loss is nil"},
		{"nil loss", func(tr *Trainer) { tr.Loss = (*graph.MSE)(nil) }, good, nil, "Trainer.Loss is nil"},
		{"nil optimiser", func(tr *Trainer) { tr.Optimizer = (*optim.Adam)(nil) }, good, nil, "Trainer.Optimizer is a nil *optim.Adam"},
		{"nil callback", func(tr *Trainer) { tr.Callbacks = []Callback{Base{}, (*Progress)(nil)} }, good, nil, "callback 1 is nil"},
		{"empty parameters", func(tr *Trainer) { tr.Params, tr.Dtype = &graph.Params{}, tensor.Dtype{} }, good, nil,
			"Params have no element type: make them with graph.NewParams"},
		{"empty parameters beside a dtype", func(tr *Trainer) { tr.Params = &graph.Params{} }, good, nil,
			"Params have no element type: make them with graph.NewParams"},
		{"epochs", func(tr *Trainer) { tr.Epochs = -1 }, good, nil, "got Epochs -1"},
		{"batch size", func(tr *Trainer) { tr.BatchSize = -1 }, good, nil, "BatchSize -1"},
		{"evaluation batch size", func(tr *Trainer) { tr.EvalBatchSize = -1 }, good, nil, "EvalBatchSize -1"},
		{"dtype", func(tr *Trainer) { tr.Dtype = tensor.Int }, good, nil, "Trainer.Dtype: got int"},
		{"two dtypes", func(tr *Trainer) { tr.Params = graph.NewParams(tensor.Float32, 1) }, good, nil, "not the type of Params: got float64, want float32"},
		{"callback", func(tr *Trainer) { tr.Callbacks = []Callback{nil} }, good, nil, "callback 0 is nil"},
		{"optimiser", func(tr *Trainer) { tr.Optimizer = &optim.SGD{LearningRate: -1} }, good, nil, "SGD.LearningRate: got -1"},
		{"no data", nil, nil, nil, "the training set is nil"},
		{"broken data", nil, &data.Dataset{X: good.X, Y: f64(1, 1)}, nil, "the training set: data:"},
		{"no targets", nil, &data.Dataset{X: good.X}, nil,
			`the training set has no column "target", which is the target of a loss: got "input", want "target" of shape (5, 1) of float64`},
		{"two kinds of losses", func(tr *Trainer) { tr.Losses = []graph.Objective{{Loss: tr.Loss}} }, good, nil, "got both Trainer.Loss and Trainer.Losses"},
		{"objective without a loss", func(tr *Trainer) { tr.Loss, tr.Losses = nil, []graph.Objective{{Loss: (*graph.MSE)(nil)}} }, good, nil,
			"Trainer.Losses[0] has no Loss"},
		{"broken validation", nil, good, &data.Dataset{Y: good.Y}, "the validation set: data:"},
		{"large batch", func(tr *Trainer) { tr.BatchSize = 6 }, good, nil, "BatchSize is larger than the training set: got 6, want at most 5"},
		{"float32 parameters", func(tr *Trainer) { tr.Dtype = tensor.Float32 }, good, nil,
			"the training set has another type than the parameters: got float64, want float32"},
		{"other validation", nil, good, &data.Dataset{X: f64(2, 1, 2), Y: f64(1, 1)},
			"the shape of a sample of the validation set: got (2), want (1)"},
		{"labels for numbers", nil, labels, nil, "the targets do not suit the loss: got int, want float64 of shape (5, 1)"},
		{"numbers for labels", func(tr *Trainer) { tr.Model, tr.Loss = logits, graph.CrossEntropy{} }, good, nil,
			"the targets do not suit the loss: got float64, want int of shape (5)"},
		{"narrow targets", func(tr *Trainer) { tr.Model = logits }, good, nil, "the targets do not suit the model and the loss: got shape (5, 1), want (5, 2)"},
		{"class too many", func(tr *Trainer) { tr.Model, tr.Loss = logits, graph.CrossEntropy{} },
			&data.Dataset{X: good.X, Y: ints(0, 1, 0, 2, 0)}, nil, "the class of sample 3: got 2, want 0 to 1"},
		{"model", func(tr *Trainer) { tr.Model = graph.Dense{} }, good, nil, "train: the program for batches of 5: graph: layer dense1"},
		{"one sample to normalise", func(tr *Trainer) { tr.Model, tr.BatchSize = graph.BatchNorm{}, 4 }, good, nil, "Trainer.DropLast"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := linear()
			if c.edit != nil {
				c.edit(tr)
			}
			_, err := tr.Fit(background, c.ds, c.val)
			wantError(t, err, c.want)
		})
	}
}

func TestNilContext(t *testing.T) {
	var none context.Context
	tr := linear()
	_, err := tr.Fit(none, line(), nil)
	wantError(t, err, "train: the context is nil")
	_, err = tr.Evaluate(none, line())
	wantError(t, err, "train: the context is nil")
	_, err = tr.Predict(none, line().X)
	wantError(t, err, "train: the context is nil")
}
