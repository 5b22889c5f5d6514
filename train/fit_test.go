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
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train/optim"
)

// With x = (1, 2), y = (1, 1), w = 1 and b = 0 the errors are (0, 1), so L = 1/2, dL/dw = (0·1 + 2·1·2)/2 = 2 and
// dL/db = (0 + 2·1)/2 = 1.
func TestStepByHand(t *testing.T) {
	tr := linear()
	history, err := tr.Fit(background, &data.Dataset{X: f64(1, 1, 2), Y: f64(1, 1, 1)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{0.5}; !reflect.DeepEqual(history.Losses, want) {
		t.Errorf("losses are %v; want %v", history.Losses, want)
	}
	if got := history.Epochs[0].Train.Loss; got != 0.5 {
		t.Errorf("the epoch's loss is %g; want 0.5", got)
	}
	if val := history.Epochs[0].Val; !math.IsNaN(val.Loss) || !math.IsNaN(val.Accuracy) {
		t.Errorf("there are scores %+v of no validation set", val)
	}
	wantParam(t, tr, "dense1/weight", 1-0.1*2)
	wantParam(t, tr, "dense1/bias", 0-0.1*1)
}

func wantParam(t *testing.T, tr *Trainer, name string, want float64) {
	t.Helper()
	p := tr.Params.Get(name)
	if p == nil {
		t.Fatalf("there is no parameter %s", name)
	}
	// One rounding of the product and one of the difference.
	if got := p.Value.Float64s()[0]; math.Abs(got-want) > 1e-15 {
		t.Errorf("%s is %v; want %v", name, got, want)
	}
}

// The scores of an epoch weigh each batch by its samples. At rate 0 nothing moves, so they must be those of evaluation.
func TestEpochScoresAreMeansOverSamples(t *testing.T) {
	for _, loss := range []graph.Loss{graph.MSE{}, graph.MSE{Sum: true}, &graph.MSE{Sum: true}} {
		tr := linear()
		tr.Loss, tr.BatchSize = loss, 2
		tr.Callbacks = []Callback{&hooks{beforeUpdate: func(r *Run) error { r.LearningRate = 0; return nil }}}
		history, err := tr.Fit(background, line(), &data.Dataset{X: f64(1, 1, 2, 4), Y: f64(1, 3, 6, 12)})
		if err != nil {
			t.Fatal(err)
		}
		// The errors are 2x, over x = 1 ... 5 and x = 1, 2, 4.
		wantLoss(t, history.Epochs[0].Train, 4*55./5)
		wantLoss(t, history.Epochs[0].Val, 4*21./3)
	}
}

func wantLoss(t *testing.T, s Scores, want float64) {
	t.Helper()
	if math.Abs(s.Loss-want) > 1e-13 || !math.IsNaN(s.Accuracy) {
		t.Errorf("scores are %+v; want a loss of %g and no accuracy", s, want)
	}
}

func TestTailOrDropLast(t *testing.T) {
	for _, c := range []struct {
		drop     bool
		compiled []int
		batches  []int
	}{
		{false, []int{2, 1}, []int{2, 2, 1, 2, 2, 1}},
		{true, []int{2}, []int{2, 2, 2, 2}},
	} {
		var compiled, batches []int
		tr := linear()
		tr.BatchSize, tr.DropLast, tr.Epochs = 2, c.drop, 2
		tr.Callbacks = []Callback{&hooks{
			compiled: func(r *Run, p *graph.Program) error {
				if r.Steps != len(c.batches) {
					t.Errorf("%d steps are planned; want %d", r.Steps, len(c.batches))
				}
				compiled = append(compiled, p.Input.Shape()[0])
				return nil
			},
			afterStep: func(r *Run) error {
				batches = append(batches, r.Program.Input.Shape()[0])
				return nil
			},
		}}
		if _, err := tr.Fit(background, line(), nil); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(compiled, c.compiled) || !reflect.DeepEqual(batches, c.batches) {
			t.Errorf("drop %v: compiled %v, ran %v; want %v, %v", c.drop, compiled, batches, c.compiled, c.batches)
		}
	}
}

func TestLearnsMoons(t *testing.T) {
	for seed := range uint64(3) {
		tr := &Trainer{
			Model: mlp.Model{Input: 2, Hidden: []int{16, 16}, Output: 2}, Loss: graph.CrossEntropy{},
			Optimizer: &optim.Adam{LearningRate: 0.01}, Dtype: tensor.Float64, Epochs: 40, BatchSize: 16, Seed: seed,
		}
		history, err := tr.Fit(background, moons(t, 200, 1), moons(t, 100, 2))
		if err != nil {
			t.Fatal(err)
		}
		last := history.Epochs[len(history.Epochs)-1]
		if last.Val.Accuracy < 0.95 || last.Train.Accuracy < 0.95 {
			t.Errorf("seed %d: the last epoch scored %+v; want accuracies of at least 0.95", seed, last)
		}
	}
}

func TestSecondFitGoesOn(t *testing.T) {
	fit := func(epochs ...int) []string {
		tr := linear()
		tr.Optimizer, tr.NoShuffle, tr.BatchSize = &optim.SGD{Momentum: 0.5}, true, 2
		for _, n := range epochs {
			tr.Epochs = n
			history, err := tr.Fit(background, line(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(history.Epochs) != n || len(history.Losses) != 3*n {
				t.Errorf("the history has %d epochs and %d steps; want %d and %d", len(history.Epochs), len(history.Losses), n, 3*n)
			}
		}
		return bits(tr.Params)
	}
	if once, twice := fit(5), fit(2, 3); !reflect.DeepEqual(once, twice) {
		t.Errorf("five epochs end in %v, but two and three in %v", once, twice)
	}
}

func TestNonFiniteLossShows(t *testing.T) {
	tr := linear()
	tr.Optimizer, tr.Epochs = &optim.SGD{LearningRate: 1e100}, 5
	history, err := tr.Fit(background, line(), nil)
	if err != nil {
		t.Fatal(err)
	}
	last := history.Epochs[4].Train.Loss
	if !math.IsNaN(last) && !math.IsInf(last, 0) {
		t.Errorf("after steps of 1e100 the loss is %g; want NaN or Inf", last)
	}
}

func TestCallbacksSetTheLearningRate(t *testing.T) {
	tr := linear()
	var begun float64
	tr.Callbacks = []Callback{&hooks{
		begin:      func(r *Run) error { begun = r.LearningRate; return nil },
		beforeStep: func(r *Run) error { r.LearningRate = 0.5; return nil },
	}}
	if _, err := tr.Fit(background, &data.Dataset{X: f64(1, 1, 2), Y: f64(1, 1, 1)}, nil); err != nil {
		t.Fatal(err)
	}
	if begun != 0.1 {
		t.Errorf("the rate at first is %g; want the optimiser's, 0.1", begun)
	}
	wantParam(t, tr, "dense1/weight", 1-0.5*2)
}

func TestCancelMidEpoch(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	ends := 0
	tr := linear()
	tr.BatchSize, tr.Epochs = 1, 3
	tr.Callbacks = []Callback{&hooks{
		afterStep: func(r *Run) error {
			if r.Step == 7 {
				cancel()
			}
			return nil
		},
		end: func(*Run) error { ends++; return nil },
	}}
	history, err := tr.Fit(ctx, line(), nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v; want context.Canceled inside", err)
	}
	wantError(t, err, "stopped before step 8 of 15")
	if len(history.Losses) != 8 || len(history.Epochs) != 1 || ends != 1 {
		t.Errorf("%d steps, %d epochs, %d ends; want 8, 1, 1", len(history.Losses), len(history.Epochs), ends)
	}
}

func TestCancelInValidation(t *testing.T) {
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	tr := linear()
	tr.Callbacks = []Callback{&hooks{afterStep: func(*Run) error { cancel(); return nil }}}
	history, err := tr.Fit(ctx, line(), line())
	if !errors.Is(err, context.Canceled) || len(history.Losses) != 1 || len(history.Epochs) != 0 {
		t.Errorf("error %v, history %+v; want one step, no epoch, and context.Canceled", err, history)
	}
}

// The training programs give their memory back, however the run ended.
func TestFitClosesItsPrograms(t *testing.T) {
	for _, fail := range []error{nil, ErrStop, errors.New("broken")} {
		var programs []*graph.Program
		tr := linear()
		tr.BatchSize = 3
		tr.Callbacks = []Callback{&hooks{
			compiled:  func(_ *Run, p *graph.Program) error { programs = append(programs, p); return nil },
			afterStep: func(*Run) error { return fail },
		}}
		if _, err := tr.Fit(background, line(), nil); (err != nil) != (fail != nil && fail != ErrStop) {
			t.Fatal(err)
		}
		if len(programs) != 2 {
			t.Fatalf("%d programs, want one for batches of 3 and one for the last 2", len(programs))
		}
		for _, p := range programs {
			n := p.Input.Shape()[0]
			x, y := f64(1, make([]float64, n)...), f64(1, make([]float64, n)...)
			wantError(t, p.Run(x, y), "closed")
		}
	}
}

func TestErrorsOfStepsNameThem(t *testing.T) {
	tr := linear()
	tr.Callbacks = []Callback{&hooks{beforeUpdate: func(r *Run) error { r.LearningRate = math.NaN(); return nil }}}
	_, err := tr.Fit(background, line(), nil)
	wantError(t, err, "train: step 0: optim: learning rate: got NaN")
}
