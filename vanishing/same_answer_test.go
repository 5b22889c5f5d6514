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
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// A comparison is a model whose output is a function of two columns: the first one of the input and the output of an inner model, or the outputs
// of the inner model for the first and the second half of the input's columns.
type comparison struct {
	halves bool
	of     formula
}

// Apply implements graph.Model.
func (c comparison) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	inner := func(x *gorgonia.Node) *gorgonia.Node {
		return mlp.Model{Input: x.Shape()[1], Depth: 2, Width: 24, Output: 1, Activation: graph.Tanh, Init: initializer.XavierNormal{}}.Apply(b, x)
	}
	batch, half := x.Shape()[0], x.Shape()[1]/2
	if !c.halves {
		return c.of(column(b, x, 0, x.Shape()[1]), inner(x))
	}
	var rows []int32 // the first halves of all rows, and then the second ones
	for from := range 2 {
		for i := range batch * half {
			rows = append(rows, int32((2*(i/half)+from)*half+i%half))
		}
	}
	scores := inner(b.Check(op.Take(x, rows, tensor.Shape{2 * batch, half}, 0)))
	return c.of(column(b, scores, 0, 1), column(b, scores, batch, 1))
}

// column takes elements of x from one on, one for each sample.
func column(b *graph.Builder, x *gorgonia.Node, from, stride int) *gorgonia.Node {
	var at []int32
	for i := from; len(at) < 32; i += stride {
		at = append(at, int32(i))
	}
	return b.Check(op.Take(x, at, tensor.Shape{32, 1}, 0))
}

func squared(x, t *gorgonia.Node) *gorgonia.Node {
	return gorgonia.Must(gorgonia.Square(difference(x, t)))
}

// A network that learns from a loss that asks the same of all samples is not stuck, though the means of its outputs would have a lower loss, and
// one that does not learn is.
func TestLossesThatAskTheSameOfAll(t *testing.T) {
	for name, c := range map[string]struct {
		model comparison
		loss  formula // of the output and a target of zeros
	}{
		"a residual that should be zero": {comparison{of: difference}, func(x, y *gorgonia.Node) *gorgonia.Node { return average(squared(x, y)) }},
		"the first half preferred (Bradley, Terry)": {comparison{halves: true, of: difference}, func(x, y *gorgonia.Node) *gorgonia.Node {
			return average(difference(gorgonia.Must(gorgonia.Softplus(gorgonia.Must(gorgonia.Neg(x)))), y))
		}},
		"the output is the loss": {comparison{of: squared}, func(x, y *gorgonia.Node) *gorgonia.Node { return average(difference(x, y)) }},
	} {
		for rate, want := range map[float64]vanishing.Verdict{3e-3: vanishing.Healthy, 1e-9: vanishing.Stuck} {
			recorder := &vanishing.Recorder{Histograms: vanishing.Never}
			trainer := &train.Trainer{
				Model: c.model, Loss: c.loss, Optimizer: &optim.Adam{LearningRate: rate}, Params: graph.NewParams(tensor.Float32, 3),
				BatchSize: 32, Epochs: 20, Seed: 1, Callbacks: []train.Callback{recorder},
			}
			if _, err := trainer.Fit(context.Background(), preferences(), nil); err != nil {
				t.Fatal(err)
			}
			p := recorder.Profile()
			if d := vanishing.Diagnose(p); d.Verdict != want || want == vanishing.Healthy && len(d.Findings) > 0 && d.Findings[0].Severity >= vanishing.Warning {
				t.Errorf("%s, rate %g: got %v and %+v, want %v: the loss goes from %g to %g; %s", name, rate, d.Verdict, d.Findings, want, p.Records[0].Loss, p.Records[len(p.Records)-1].Loss, d.Sentence)
			}
		}
	}
}

// preferences are pairs of four numbers, of which the first are preferred, with noise, and targets of zeros.
func preferences() *data.Dataset {
	const n = 1024
	rng := rand.New(rand.NewPCG(9, 1))
	x := make([]float32, 8*n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	reward := func(v []float32) float64 { return float64(v[0]) + math.Sin(2*float64(v[1])) }
	for i := range n {
		row := x[8*i : 8*i+8]
		if reward(row[:4])-reward(row[4:])+rng.NormFloat64() < 0 {
			for j := range 4 {
				row[j], row[4+j] = row[4+j], row[j]
			}
		}
	}
	return &data.Dataset{X: dense(x, n, 8), Y: dense(make([]float32, n), n, 1)}
}
