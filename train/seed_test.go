package train

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train/optim"
)

// Shuffles, dropout and first values, twice with the same seed and on one and two cores.
func TestSameSeedSameBits(t *testing.T) {
	run := func(cores int, seed uint64) (History, []string) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		tr := &Trainer{
			Model:     mlp.Model{Input: 2, Hidden: []int{130, 130}, Output: 2, Norm: graph.BN, Dropout: 0.2},
			Loss:      graph.CrossEntropy{},
			Optimizer: &optim.Adam{}, Dtype: tensor.Float64, Epochs: 2, BatchSize: 130, Seed: seed,
		}
		history, err := tr.Fit(background, moons(t, 300, 1), moons(t, 50, 2))
		if err != nil {
			t.Fatal(err)
		}
		return history, bits(tr.Params)
	}
	history, params := run(1, 5)
	for _, cores := range []int{1, 2} {
		again, paramsAgain := run(cores, 5)
		if !reflect.DeepEqual(history, again) || !reflect.DeepEqual(params, paramsAgain) {
			t.Errorf("the same seed gave other numbers on %d cores:\n%+v\n%+v", cores, history, again)
		}
	}
	if other, _ := run(1, 6); reflect.DeepEqual(history.Losses, other.Losses) {
		t.Error("another seed gave the same losses")
	}
}

// inputs fits two epochs of line, one sample a step, and gives the samples in the order of their visit.
func inputs(t *testing.T, noShuffle bool, seed uint64) []float64 {
	t.Helper()
	var order []float64
	tr := linear()
	tr.BatchSize, tr.Epochs, tr.NoShuffle, tr.Seed = 1, 2, noShuffle, seed
	tr.Callbacks = []Callback{&hooks{afterStep: func(r *Run) error {
		order = append(order, r.Program.InputValue().Data().([]float64)...)
		return nil
	}}}
	if _, err := tr.Fit(background, line(), nil); err != nil {
		t.Fatal(err)
	}
	return order
}

func TestShuffle(t *testing.T) {
	ordered := []float64{1, 2, 3, 4, 5, 1, 2, 3, 4, 5}
	if got := inputs(t, true, 1); !reflect.DeepEqual(got, ordered) {
		t.Errorf("without shuffling the samples are visited as %v", got)
	}
	one, two := inputs(t, false, 1), inputs(t, false, 2)
	if reflect.DeepEqual(one, ordered) || reflect.DeepEqual(one[:5], one[5:]) || reflect.DeepEqual(one, two) {
		t.Errorf("two seeds visit the samples as %v and %v; want an order for each seed and epoch", one, two)
	}
	for _, order := range [][]float64{one[:5], one[5:], two[:5], two[5:]} {
		slices.Sort(order)
		if !reflect.DeepEqual(order, ordered[:5]) {
			t.Errorf("an epoch visits %v; want each sample once", order)
		}
	}
}

// With equal parameters and no shuffle, dropout is all that is left to the seed.
func TestSeedReachesDropout(t *testing.T) {
	losses := func(seed uint64) []float64 {
		tr := &Trainer{
			Model: mlp.Model{Input: 2, Hidden: []int{8}, Output: 2, Dropout: 0.5}, Loss: graph.CrossEntropy{},
			Params: graph.NewParams(tensor.Float64, 1), Epochs: 1, BatchSize: 10, NoShuffle: true, Seed: seed,
		}
		history, err := tr.Fit(background, moons(t, 30, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		return history.Losses
	}
	if one, two := losses(1), losses(2); reflect.DeepEqual(one, two) {
		t.Errorf("two seeds give the losses %v", one)
	}
}

// bits writes out every parameter exactly.
func bits(ps *graph.Params) []string {
	var all []string
	for _, p := range ps.All() {
		all = append(all, fmt.Sprintf("%s %x", p.Name, p.Value.Data()))
	}
	return all
}
