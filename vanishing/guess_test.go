package vanishing_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// ownLoss is a loss whose baseline is not known, as it has no method for it.
type ownLoss struct{ graph.Loss }

// guessData are three classes by the sign of the first input, and their numbers, each with a weight.
func guessData(classes bool) *data.Dataset {
	const n = 512
	rng := rand.New(rand.NewPCG(7, 1))
	x, y, labels, weights := make([]float64, 8*n), make([]float64, n), make([]int, n), make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for i := range n {
		if x[8*i] > -0.4 {
			labels[i]++
		}
		if x[8*i] > 0.4 {
			labels[i]++
		}
		y[i], weights[i] = 3+float64(labels[i]), 0.5+rng.Float64()
	}
	ds := &data.Dataset{X: dense(x, n, 8), Y: dense(y, n, 1), Columns: []data.Column{{Name: "weight", Values: dense(weights, n)}}}
	if classes {
		ds.Y = dense(labels, n)
	}
	return ds
}

func dense(backing any, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing))
}

// A network that is stuck is not called healthy because its loss has no known baseline, and one that learns is.
func TestVerdictWithoutABaseline(t *testing.T) {
	for name, c := range map[string]struct {
		loss        graph.Loss
		classifies  bool
		batch       int
		standardize bool // the loss reads the moments, which are parameters
	}{
		"cross-entropy":           {graph.CrossEntropy{}, true, 32, false},
		"own cross-entropy":       {ownLoss{graph.CrossEntropy{}}, true, 32, false},
		"weighted cross-entropy":  {graph.WeightedBy("weight", graph.CrossEntropy{}), true, 32, false},
		"squared error":           {graph.MSE{}, false, 32, false},
		"own squared error":       {ownLoss{graph.MSE{}}, false, 32, false},
		"of few samples":          {ownLoss{graph.MSE{}}, false, 8, false},
		"of standardised targets": {ownLoss{graph.MSE{}}, false, 32, true},
		"weighted squared error":  {graph.WeightedBy("weight", graph.MSE{}), false, 32, false},
		"own sum of squared ones": {ownLoss{graph.MSE{Sum: true}}, false, 32, false},
	} {
		for _, stuck := range []bool{false, true} {
			model := mlp.Model{Input: 8, Depth: 5, Width: 16, Output: 1, Activation: graph.Sigmoid}
			if c.classifies {
				model.Output = 3
			}
			if !stuck {
				model.Activation, model.Init = graph.ReLU, initializer.HeNormal{}
			}
			rate := 0.1
			if !c.classifies {
				rate = 0.02
			}
			if c.loss.Reduction() == graph.Sum {
				rate /= 32
			}
			recorder := &vanishing.Recorder{Histograms: vanishing.Never}
			trainer := &train.Trainer{
				Model: model, Loss: c.loss, Optimizer: &optim.SGD{LearningRate: rate}, Params: graph.NewParams(tensor.Float64, 1),
				BatchSize: c.batch, Epochs: 25 * c.batch / 32, Seed: 1, Callbacks: []train.Callback{recorder}, StandardizeTargets: c.standardize,
			}
			if _, err := trainer.Fit(context.Background(), guessData(c.classifies), nil); err != nil {
				t.Fatal(err)
			}
			p := recorder.Profile()
			if d := vanishing.Diagnose(p); (d.Verdict == vanishing.Vanishing) != stuck || (d.Verdict == vanishing.Healthy) == stuck {
				t.Errorf("%s, stuck %v: got %v, loss %g, guessing %g: %s", name, stuck, d.Verdict, p.Records[len(p.Records)-1].Loss, d.Profile.Baseline, d.Sentence)
			}
		}
	}
}

// The same holds of a program for Gorgonia alone, with samples in rows or in columns. The recorder changes none of its numbers.
func TestVerdictOfAGorgoniaProgramWithoutABaseline(t *testing.T) {
	for _, c := range []byHand{{}, {columns: true}, {penalty: 1e-4}, {columns: true, penalty: 1e-4}} {
		for _, c.stuck = range []bool{false, true} {
			c.watch = true
			watched, d := trainByHand(t, c)
			c.watch = false
			alone, _ := trainByHand(t, c)
			if watched != alone {
				t.Errorf("%+v: got the loss %g while it was watched, want %g", c, watched, alone)
			}
			if (d.Verdict == vanishing.Vanishing) != c.stuck || (d.Verdict == vanishing.Healthy) == c.stuck {
				t.Errorf("%+v: got %v at %g, guessing %g: %s", c, d.Verdict, watched, d.Profile.Baseline, d.Sentence)
			}
		}
	}
}

// byHand is a program for Gorgonia alone.
type byHand struct {
	columns, stuck, watch bool
	penalty               float64 // times the squares of all weights
}

// trainByHand trains six layers of Gorgonia's sigmoids or rectifiers on the squared error, and gives the last loss.
func trainByHand(t *testing.T, c byHand) (loss float64, d vanishing.Diagnosis) {
	t.Helper()
	const n, steps, depth = 64, 300, 6
	set, err := guessData(false).Subset(n)
	if err != nil {
		t.Fatal(err)
	}
	g := gorgonia.NewGraph()
	node := func(name string, v *tensor.Dense) *gorgonia.Node {
		if c.columns {
			turned, err := tensor.Transpose(v)
			if err != nil {
				t.Fatal(err)
			}
			v = turned.(*tensor.Dense).Materialize().(*tensor.Dense)
		}
		return gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(v.Shape()...), gorgonia.WithName(name), gorgonia.WithValue(v))
	}
	rng := rand.New(rand.NewPCG(2, 1))
	h, y := node("x", set.X), node("y", set.Y)
	var learnables gorgonia.Nodes
	for i := range depth {
		in, out, ones := 16, 16, make([]float64, n)
		if i == 0 {
			in = 8
		}
		if i == depth-1 {
			out = 1
		}
		values := make([]float64, in*out)
		for k := range values {
			values[k] = rng.NormFloat64() * math.Sqrt(2/float64(in))
		}
		for k := range ones {
			ones[k] = 1
		}
		w := node("w"+string(rune('1'+i)), dense(values, in, out))
		b := node("b"+string(rune('1'+i)), dense(make([]float64, out), 1, out))
		one := node("one"+string(rune('1'+i)), dense(ones, n, 1))
		learnables = append(learnables, w, b)
		if c.columns {
			h = gorgonia.Must(gorgonia.Add(gorgonia.Must(gorgonia.Mul(w, h)), gorgonia.Must(gorgonia.Mul(b, one))))
		} else {
			h = gorgonia.Must(gorgonia.Add(gorgonia.Must(gorgonia.Mul(h, w)), gorgonia.Must(gorgonia.Mul(one, b))))
		}
		switch {
		case i == depth-1:
		case c.stuck:
			h = gorgonia.Must(gorgonia.Sigmoid(h))
		default:
			h = gorgonia.Must(gorgonia.Rectify(h))
		}
	}
	cost := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Sub(h, y))))))
	if c.penalty > 0 {
		for _, w := range learnables {
			squares := gorgonia.Must(gorgonia.Sum(gorgonia.Must(gorgonia.Square(w))))
			cost = gorgonia.Must(gorgonia.Add(cost, gorgonia.Must(gorgonia.Mul(squares, gorgonia.NewConstant(c.penalty)))))
		}
	}
	if _, err := gorgonia.Grad(cost, learnables...); err != nil {
		t.Fatal(err)
	}
	recorder := &vanishing.Recorder{Steps: vanishing.Never, Details: vanishing.Never, Histograms: vanishing.Never}
	if c.watch {
		recorder = &vanishing.Recorder{Histograms: vanishing.Never}
	}
	watcher, err := recorder.Watch(cost, learnables...)
	if err != nil {
		t.Fatal(err)
	}
	vm, solver := watcher.Machine(gorgonia.BindDualValues(learnables...)), gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.02))
	for range steps {
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		loss = cost.Value().Data().(float64)
		if err := solver.Step(gorgonia.NodesToValueGrads(learnables)); err != nil {
			t.Fatal(err)
		}
		vm.Reset()
	}
	return loss, vanishing.Diagnose(watcher.Profile())
}
