package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/dist"
	"github.com/gradflow/gradflow/train/metric"
	"github.com/gradflow/gradflow/train/optim"
)

// points is a dataset of n random points of two classes.
func points(n int) *data.Dataset {
	r := rand.New(rand.NewPCG(5, 7))
	x, y := make([]float64, 3*n), make([]float64, n)
	for i := range n {
		sum := 0.
		for k := range 3 {
			x[3*i+k] = r.NormFloat64()
			sum += x[3*i+k]
		}
		if sum > 0 {
			y[i] = 1
		}
	}
	return &data.Dataset{X: tensor.New(tensor.WithShape(n, 3), tensor.WithBacking(x)), Y: tensor.New(tensor.WithShape(n, 1), tensor.WithBacking(y))}
}

// ranksTrainer trains in steps of 12 samples, on so many ranks.
func ranksTrainer(ranks int) *Trainer {
	return &Trainer{
		Model: graph.Sequential{graph.Dense{Units: 8}, graph.Tanh, graph.Dense{Units: 1}},
		Loss:  graph.BCE{}, Optimizer: &optim.Adam{}, Dtype: tensor.Float64,
		BatchSize: 12 / ranks, Epochs: 6, Seed: 3,
	}
}

// messages hides the common memory of ranks, which then send messages.
func messages(c dist.Comm) dist.Comm { return struct{ dist.Comm }{c} }

// fitted are the parameters and the history of rank 0, after all ranks have ended with the same parameters, bit by bit.
func fitted(t *testing.T, ranks int, edit func(*Trainer), val *data.Dataset) (*graph.Params, History) {
	return fittedOver(t, ranks, func(c dist.Comm) dist.Comm { return c }, edit, val)
}

func fittedOver(t *testing.T, ranks int, over func(dist.Comm) dist.Comm, edit func(*Trainer), val *data.Dataset) (*graph.Params, History) {
	t.Helper()
	trainers, histories := make([]*Trainer, ranks), make([]History, ranks)
	err := dist.Local(ranks, func(c dist.Comm) (err error) {
		tr := ranksTrainer(ranks)
		if edit != nil {
			edit(tr)
		}
		if tr.Comm = over(c); ranks == 1 {
			tr.Comm = nil
		}
		trainers[c.Rank()] = tr
		histories[c.Rank()], err = tr.Fit(background, points(47), val) // the last batch has 11 samples
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for rank, tr := range trainers {
		for _, p := range tr.Params.All() {
			if !p.Value.Eq(trainers[0].Params.Get(p.Name).Value) {
				t.Errorf("%s is not the same on rank %d as on rank 0", p.Name, rank)
			}
		}
	}
	return trainers[0].Params, histories[0]
}

// N ranks with batches of B make the steps of one process with batches of N·B, but for rounding: of float64, in 24 steps.
func TestRanksTrainAsOne(t *testing.T) {
	for name, edit := range map[string]func(*Trainer){
		"plain":       nil,
		"clipped":     func(tr *Trainer) { tr.Callbacks = []Callback{&ClipNorm{Max: 0.05}} },
		"accumulated": func(tr *Trainer) { tr.Accumulate = 2 },
		"average":     func(tr *Trainer) { tr.AverageDecay = 0.9 },
		"DropLast":    func(tr *Trainer) { tr.DropLast = true },
		"metrics": func(tr *Trainer) {
			tr.Metrics = []metric.Metric{metric.F1{}, metric.CalibrationError{}, metric.Perplexity{}}
		},
		"sum":      func(tr *Trainer) { tr.Loss = graph.BCE{Sum: true} },
		"standard": func(tr *Trainer) { tr.StandardizeInputs = true },
		"synchronised": func(tr *Trainer) {
			tr.Model = normalised
			tr.SyncBatchNorm, tr.Epochs = true, 13 // 52 steps
			tr.Callbacks = []Callback{&ClipNorm{Max: 0.05}}
		},
		"synchronised and accumulated": func(tr *Trainer) { tr.Model, tr.SyncBatchNorm, tr.Accumulate = normalised, true, 2 },
	} {
		t.Run(name, func(t *testing.T) {
			val := points(10)
			want, one := fitted(t, 1, edit, val)
			for _, ranks := range []int{2, 3, 4, -3} {
				over := func(c dist.Comm) dist.Comm { return c }
				if ranks < 0 {
					ranks, over = -ranks, messages
				}
				got, many := fittedOver(t, ranks, over, edit, val)
				for _, p := range want.All() {
					for i, w := range p.Value.Float64s() {
						if g := got.Get(p.Name).Value.Float64s()[i]; math.Abs(g-w) > 1e-12 {
							t.Errorf("%d ranks: %s, element %d: got %v, want %v", ranks, p.Name, i, g, w)
							break
						}
					}
				}
				wantSameHistory(t, ranks, many, one)
			}
		})
	}
}

// normalised has batch normalisation before and after an activation, and no bias before it, whose gradient would be nothing but rounding.
var normalised = graph.Sequential{graph.Dense{Units: 8, NoBias: true}, graph.BatchNorm{}, graph.Tanh, graph.BatchNorm{}, graph.Dense{Units: 1}}

func wantSameHistory(t *testing.T, ranks int, got, want History) {
	t.Helper()
	close := func(a, b float64) bool { return math.Abs(a-b) <= 1e-12*math.Max(1, math.Abs(b)) }
	if len(got.Losses) != len(want.Losses) || len(got.Epochs) != len(want.Epochs) {
		t.Fatalf("%d ranks: got %d steps and %d epochs, want %d and %d", ranks, len(got.Losses), len(got.Epochs), len(want.Losses), len(want.Epochs))
	}
	for i, w := range want.Losses {
		if !close(got.Losses[i], w) {
			t.Errorf("%d ranks, step %d: got loss %v, want %v", ranks, i, got.Losses[i], w)
		}
	}
	for i, w := range want.Epochs {
		g := got.Epochs[i]
		if !close(g.Train.Loss, w.Train.Loss) || g.Train.Accuracy != w.Train.Accuracy || !close(g.Val.Loss, w.Val.Loss) || g.Val.Accuracy != w.Val.Accuracy {
			t.Errorf("%d ranks, epoch %d: got scores %+v, want %+v", ranks, i, g, w)
		}
		for name, value := range w.Val.Metrics {
			if got, has := g.Val.Metrics[name]; !has || !close(got, value) {
				t.Errorf("%d ranks, epoch %d: got %s %v, want %v", ranks, i, name, got, value)
			}
		}
	}
}

// The last batch has one sample for three ranks, and the others none.
func TestRanksWithoutSamples(t *testing.T) {
	fit := func(ranks int) *graph.Params {
		var params *graph.Params
		var mu sync.Mutex
		if err := dist.Local(ranks, func(c dist.Comm) error {
			tr := ranksTrainer(ranks)
			tr.Comm = c
			_, err := tr.Fit(background, points(13), nil)
			mu.Lock()
			defer mu.Unlock()
			params = tr.Params
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return params
	}
	want := fit(1)
	for _, p := range fit(3).All() {
		for i, g := range p.Value.Float64s() {
			if w := want.Get(p.Name).Value.Float64s()[i]; math.Abs(g-w) > 1e-12 {
				t.Errorf("%s, element %d: got %v, want %v", p.Name, i, g, w)
			}
		}
	}
}

// Two runs of as many ranks are the same, bit by bit, with dropout, which differs between the ranks.
func TestRanksRepeat(t *testing.T) {
	dropout := func(tr *Trainer) {
		tr.Model = graph.Sequential{graph.Dense{Units: 8}, graph.Dropout{P: 0.5}, graph.Tanh, graph.BatchNorm{}, graph.Dense{Units: 1}}
	}
	first, _ := fitted(t, 3, dropout, nil)
	second, _ := fitted(t, 3, dropout, nil)
	for _, p := range first.All() {
		if !p.Value.Eq(second.Get(p.Name).Value) {
			t.Errorf("%s differs between two runs", p.Name)
		}
	}
}

// A batch that the ranks cannot fill is an error.
func TestRanksMistakes(t *testing.T) {
	err := dist.Local(3, func(c dist.Comm) error {
		tr := ranksTrainer(3)
		tr.Comm = c
		tr.BatchSize = 20
		_, err := tr.Fit(background, points(47), nil)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "got 20, want at most 15") {
		t.Errorf("got error %v, want one about the batch size", err)
	}
}

// A Logger writes on rank 0 alone.
func TestRanksLogOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	_, history := fitted(t, 3, func(tr *Trainer) { tr.Callbacks = []Callback{&Logger{Path: path}} }, nil)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Count(string(raw), "\n"), len(history.Losses)+len(history.Epochs); got != want {
		t.Errorf("got %d records, want %d", got, want)
	}
}

// A watchedComm tells when it sums many numbers.
type watchedComm struct {
	dist.Comm
	many chan struct{}
}

func (c watchedComm) AllReduce(values dist.Values) error {
	if values.Len() > 100 {
		select {
		case c.many <- struct{}{}:
		default:
		}
	}
	return c.Comm.AllReduce(values)
}

// The gradients of the last layer are summed while the backward pass still computes those of the first, which waits for it here.
func TestRanksExchangeDuringTheBackwardPass(t *testing.T) {
	err := dist.Local(2, func(c dist.Comm) error {
		watched := watchedComm{c, make(chan struct{}, 1)}
		tr := ranksTrainer(2)
		wide := 400 // 400·400 float64 are more than a bucket
		tr.Model = graph.Sequential{graph.Dense{Units: wide}, graph.Tanh, graph.Dense{Units: wide}, graph.Tanh, graph.Dense{Units: 1}}
		tr.Comm, tr.Epochs = watched, 1
		overlapped := 0
		tr.Callbacks = []Callback{&hooks{compiled: func(_ *Run, p *graph.Program) error {
			p.Tap(p.Weights[0].Grad, func(gorgonia.Value) {
				select {
				case <-watched.many:
					overlapped++
				case <-time.After(20 * time.Second):
				}
			})
			return nil
		}}}
		history, err := tr.Fit(background, points(47), nil)
		if err == nil && overlapped < len(history.Losses) {
			return fmt.Errorf("rank %d: got sums during %d backward passes, want all of %d", c.Rank(), overlapped, len(history.Losses))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// With SplitBatch the steps are the same on any number of ranks, also on 5, which do not divide the 12 samples of a batch.
func TestRanksSplitABatch(t *testing.T) {
	split := func(tr *Trainer) { tr.BatchSize, tr.SplitBatch = 12, true }
	want, one := fitted(t, 1, split, points(10))
	for _, ranks := range []int{2, 5} {
		got, many := fitted(t, ranks, split, points(10))
		for _, p := range want.All() {
			for i, w := range p.Value.Float64s() {
				if g := got.Get(p.Name).Value.Float64s()[i]; math.Abs(g-w) > 1e-12 {
					t.Errorf("%d ranks: %s, element %d: got %v, want %v", ranks, p.Name, i, g, w)
					break
				}
			}
		}
		wantSameHistory(t, ranks, many, one)
	}
	err := dist.Local(3, func(c dist.Comm) error {
		tr := ranksTrainer(1)
		tr.BatchSize, tr.SplitBatch, tr.Comm = 2, true, c
		_, err := tr.Fit(background, points(47), nil)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "got 2, want at least 1 for each of 3 ranks") {
		t.Errorf("got error %v, want one about the batch size", err)
	}
}

// Batch normalisation of images over the ranks is that of one process. The last batch has one sample for three ranks.
func TestRanksNormaliseImages(t *testing.T) {
	x := make([]float64, 13*3*5*5)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range x {
		x[i] = r.NormFloat64()
	}
	ds := &data.Dataset{X: tensor.New(tensor.WithShape(13, 3, 5, 5), tensor.WithBacking(x)), Y: points(13).Y}
	fit := func(ranks int) *graph.Params {
		trainers := make([]*Trainer, ranks)
		if err := dist.Local(ranks, func(c dist.Comm) error {
			tr := ranksTrainer(ranks)
			tr.Model = graph.Sequential{graph.Conv2D{Channels: 4, Kernel: 3, NoBias: true}, graph.BatchNorm{}, graph.ReLU, graph.Flatten{}, graph.Dense{Units: 1}}
			tr.Comm, tr.SyncBatchNorm = c, true
			trainers[c.Rank()] = tr
			_, err := tr.Fit(background, ds, nil)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return trainers[0].Params
	}
	want := fit(1)
	for _, p := range fit(3).All() {
		for i, g := range p.Value.Float64s() {
			if w := want.Get(p.Name).Value.Float64s()[i]; math.Abs(g-w) > 1e-12 {
				t.Errorf("%s, element %d: got %v, want %v", p.Name, i, g, w)
			}
		}
	}
}

// The moments of all ranks have the right gradients only for means over the samples.
func TestRanksNormaliseForMeansOnly(t *testing.T) {
	err := dist.Local(2, func(c dist.Comm) error {
		tr := ranksTrainer(2)
		tr.Loss, tr.Comm, tr.SyncBatchNorm = graph.BCE{Sum: true}, c, true
		_, err := tr.Fit(background, points(47), nil)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "want a mean over the samples") {
		t.Errorf("got error %v, want one about the loss", err)
	}
}

// Each rank scores its share of the validation data, and all of it where metrics need that. TestRanksTrainAsOne compares the scores.
func TestRanksShareTheValidation(t *testing.T) {
	for _, c := range []struct {
		metrics []metric.Metric
		want    int
	}{{nil, 5}, {[]metric.Metric{metric.F1{}, metric.Perplexity{}}, 5}, {[]metric.Metric{metric.F1{}, metric.AUROC{}}, 10}} {
		var batches [2]int
		fitted(t, 2, func(tr *Trainer) {
			tr.Metrics = c.metrics
			tr.Callbacks = []Callback{&hooks{afterEpoch: func(r *Run) error {
				batches[r.Rank] = tr.programs.idle[0].Input.Shape()[0]
				return nil
			}}}
		}, points(10))
		if batches != [2]int{c.want, c.want} {
			t.Errorf("metrics %v: the ranks scored batches of %v, want %d", c.metrics, batches, c.want)
		}
	}
}
