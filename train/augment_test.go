package train

import (
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/augment"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
)

// stripes are n images of 2 x 4 x 4 pixels with a bright row or, for class 1, a bright column, as one-hot rows.
func stripes(t *testing.T, n int, seed uint64) *data.Dataset {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	x, y := make([]float64, n*32), make([]int, n)
	for i := range n {
		y[i] = i % 2
		at, step := 4*r.IntN(4), 1
		if y[i] == 1 {
			at, step = at/4, 4
		}
		for c := range 2 {
			for k := range 4 {
				x[i*32+c*16+at+k*step] = 1
			}
		}
	}
	ds, err := (&data.Dataset{
		X: tensor.New(tensor.WithShape(n, 2, 4, 4), tensor.WithBacking(x)),
		Y: tensor.New(tensor.WithShape(n), tensor.WithBacking(y)), Classes: []string{"row", "column"},
	}).OneHot()
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// onStripes is a trainer for stripes.
func onStripes() *Trainer {
	return &Trainer{
		Model: graph.Sequential{graph.Flatten{}, mlp.Model{Input: 32, Hidden: []int{16}, Output: 2}},
		Loss:  graph.CrossEntropy{OneHot: true}, Dtype: tensor.Float64, Epochs: 3, BatchSize: 10, Seed: 3,
		Augment: []data.Transform{augment.PadAndCrop{Pad: 1}, augment.Flip{}, augment.Mixup{Alpha: 0.2}, augment.Cutout{Size: 1}},
	}
}

func TestAugmentedTrainingGivesTheSameWhateverTheWorkers(t *testing.T) {
	run := func(cores, workers int, augmented bool) (History, []string) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		tr := onStripes()
		tr.Workers = workers
		if !augmented {
			tr.Augment = nil
		}
		history, err := tr.Fit(background, stripes(t, 64, 1), stripes(t, 20, 2))
		if err != nil {
			t.Fatal(err)
		}
		return history, bits(tr.Params)
	}
	for _, augmented := range []bool{true, false} {
		history, params := run(1, 0, augmented)
		for _, workers := range []int{1, 2, 5} {
			again, paramsAgain := run(2, workers, augmented)
			if !reflect.DeepEqual(history, again) || !reflect.DeepEqual(params, paramsAgain) {
				t.Errorf("augmented %v: %d workers gave other numbers:\n%+v\n%+v", augmented, workers, history, again)
			}
		}
	}
	augmented, _ := run(1, 0, true)
	if plain, _ := run(1, 0, false); reflect.DeepEqual(plain.Losses, augmented.Losses) {
		t.Errorf("the augmented images gave the losses of the others, %v", plain.Losses)
	}
}

// Training on mixtures learns what the validation set, which is not augmented, asks for.
func TestAugmentedTrainingLearns(t *testing.T) {
	tr := onStripes()
	tr.Epochs = 60
	history, err := tr.Fit(background, stripes(t, 200, 1), stripes(t, 100, 2))
	if err != nil {
		t.Fatal(err)
	}
	if got := history.Epochs[59].Val.Accuracy; got < 0.95 {
		t.Errorf("accuracy %v, want at least 0.95", got)
	}
}

// The dataset keeps its values, and the validation set is scored as it is.
func TestOnlyTrainingSamplesAreAugmented(t *testing.T) {
	tr := onStripes()
	tr.Augment = []data.Transform{augment.Normalize{Mean: []float64{1e6}, Std: []float64{1}}}
	set, before := stripes(t, 20, 1), stripes(t, 20, 1)
	tr.Callbacks = []Callback{&hooks{beforeUpdate: func(r *Run) error {
		if v := r.Program.InputValue().Float64s()[0]; v > -1e5 {
			t.Errorf("a training sample begins with %v, want about -1e6", v)
		}
		r.LearningRate = 0
		return nil
	}}}
	history, err := tr.Fit(background, set, set)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(set, before) {
		t.Error("the dataset was changed")
	}
	scores, err := tr.Evaluate(background, set)
	if err != nil {
		t.Fatal(err)
	}
	if got := history.Epochs[2].Val; !reflect.DeepEqual(got, scores) || got.Loss > 100 {
		t.Errorf("validation scores %+v, want those of evaluation, %+v", got, scores)
	}
}

func TestFitRejectsTransforms(t *testing.T) {
	for want, change := range map[string]func(*Trainer){
		"data: Augment[1]: augment: PadAndCrop.Pad: got -2": func(tr *Trainer) { tr.Augment[1] = augment.PadAndCrop{Pad: -2} },
		"data: Workers: got -1":                             func(tr *Trainer) { tr.Workers = -1 },
	} {
		tr := onStripes()
		change(tr)
		tr.Callbacks = []Callback{&hooks{begin: func(*Run) error { t.Error("the run began"); return nil }}}
		_, err := tr.Fit(background, stripes(t, 20, 1), nil)
		wantError(t, err, "train: the batches of the training set: "+want)
	}
}
