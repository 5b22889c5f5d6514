package graph_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// The baseline is the least loss that a constant output has: the loss of that output is the baseline, and that of others is larger.
func TestBaseline(t *testing.T) {
	const batch, outputs = 12, 3
	rng := rand.New(rand.NewPCG(1, 2))
	labels, rows, numbers := make([]int, batch), make([]float64, batch*outputs), make([]float64, batch*outputs)
	for i := range batch {
		labels[i] = rng.IntN(outputs) * rng.IntN(2) // 0 is the most frequent
		rows[i*outputs+labels[i]] = 1
		for j := range outputs {
			numbers[i*outputs+j] = rng.Float64()
		}
	}
	counts := [outputs]float64{}
	for _, class := range labels {
		counts[class] += 1. / batch
	}
	logits := func(smoothing float64) (z [outputs]float64) {
		for k, p := range counts {
			z[k] = math.Log((1-smoothing)*p + smoothing/outputs)
		}
		return z
	}
	means, odds := [outputs]float64{}, [outputs]float64{}
	for i, v := range numbers {
		means[i%outputs] += v / batch
	}
	for j, p := range means {
		odds[j] = math.Log(p / (1 - p))
	}
	medians, far := [outputs]float64{}, make([]float64, batch*outputs)
	for j := range outputs {
		var column []float64
		for i := j; i < len(numbers); i += outputs {
			column = append(column, numbers[i])
		}
		slices.Sort(column)
		medians[j] = (column[batch/2-1] + column[batch/2]) / 2
	}
	for i := range batch / 4 * outputs { // a quarter of the targets at 100, the others at 0: the slope is zero where 3c = Delta
		far[i] = 100
	}
	farOff := tensor.New(tensor.WithShape(batch, outputs), tensor.WithBacking(far))
	classes := tensor.New(tensor.WithShape(batch), tensor.WithBacking(labels))
	oneHot := tensor.New(tensor.WithShape(batch, outputs), tensor.WithBacking(rows))
	values := tensor.New(tensor.WithShape(batch, outputs), tensor.WithBacking(numbers))
	for _, c := range []struct {
		loss   graph.Baseliner
		target *tensor.Dense
		best   [outputs]float64
	}{
		{graph.CrossEntropy{}, classes, logits(0)},
		{graph.CrossEntropy{Sum: true}, classes, logits(0)},
		{graph.CrossEntropy{OneHot: true}, oneHot, logits(0)},
		{graph.CrossEntropy{Smoothing: 0.2}, classes, logits(0.2)},
		{graph.CrossEntropy{Probabilities: true}, classes, counts},
		{graph.BCE{}, values, odds},
		{graph.BCE{Sum: true}, values, odds},
		{graph.MSE{}, values, means},
		{graph.MSE{Sum: true}, values, means},
		{graph.MAE{}, values, medians},
		{graph.MAE{Sum: true}, values, medians},
		{graph.Huber{}, values, means}, // all targets are within 1 of their mean
		{graph.Huber{Sum: true}, values, means},
		{graph.Huber{Delta: 0.3}, farOff, [outputs]float64{0.1, 0.1, 0.1}},
	} {
		shape := tensor.Shape{batch, outputs}
		m := graph.NewTargetMoments(c.loss)
		m.Add(shape, c.target)
		got := c.loss.Baseline(m, batch)
		lossOf := func(constant [outputs]float64) float64 {
			x := make([]float64, 0, batch*outputs)
			for range batch {
				x = append(x, constant[:]...)
			}
			return lossAt(t, c.loss, tensor.New(tensor.WithShape(batch, outputs), tensor.WithBacking(x)), c.target)
		}
		if want := lossOf(c.best); !(math.Abs(got-want) < 1e-12*batch*outputs) {
			t.Errorf("%#v: baseline %g, want %g, the loss of the mean", c.loss, got, want)
		}
		other := c.best
		other[0], other[1] = other[0]*0.9+0.01, other[1]*1.1
		if worse := lossOf(other); worse < got {
			t.Errorf("%#v: baseline %g, and the constant %v has the loss %g", c.loss, got, other, worse)
		}
	}
}

// lossAt is the loss of given outputs.
func lossAt(t *testing.T, loss graph.Loss, output, target *tensor.Dense) float64 {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: graph.Sequential{}, Params: graph.NewParams(tensor.Float64, 1), Input: output.Shape().Clone(), Loss: loss,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Run(output, target); err != nil {
		t.Fatal(err)
	}
	return p.LossValue()
}

// Moments of several batches are those of all samples.
func TestMomentsOfSeveralBatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var apart, together graph.TargetMoments
	all, err := tensors.Randn(tensor.Float32, rng, 6, 2)
	if err != nil {
		t.Fatal(err)
	}
	together.Add(tensor.Shape{6, 2}, all)
	for i := 0; i < 6; i += 3 {
		apart.Add(tensor.Shape{3, 2}, tensor.New(tensor.WithShape(3, 2), tensor.WithBacking(all.Float32s()[2*i:2*i+6])))
	}
	if got, want := (graph.MSE{}).Baseline(apart, 3), (graph.MSE{}).Baseline(together, 6); !(math.Abs(got-want) < 1e-12) || got == 0 {
		t.Errorf("got %g from two batches, want %g", got, want)
	}
}

// Of many targets evenly spaced ones are kept, whose median is near that of all.
func TestKeptTargetsAreBounded(t *testing.T) {
	const batch, batches = 1000, 300
	rng := rand.New(rand.NewPCG(1, 2))
	m := graph.NewTargetMoments(graph.MAE{})
	for range batches {
		x := make([]float64, batch)
		for i := range x {
			x[i] = rng.ExpFloat64()
		}
		m.Add(tensor.Shape{batch, 1}, tensor.New(tensor.WithShape(batch, 1), tensor.WithBacking(x)))
	}
	if n := len(m.Kept); n > 1<<16 || n < 1<<15 || m.Samples != batch*batches {
		t.Fatalf("got %d kept targets of %d", n, m.Samples)
	}
	// The mean distance of an exponential number from its median is log 2, with a standard error of 1/sqrt(n) at most.
	if got := (graph.MAE{}).Baseline(m, batch); !(math.Abs(got-math.Ln2) < 4/math.Sqrt(float64(len(m.Kept)))) {
		t.Errorf("got %g, want %g", got, math.Ln2)
	}
	if moments := graph.NewTargetMoments(graph.MSE{}); moments.KeptEvery != 0 {
		t.Error("the squared error needs no targets")
	}
}
