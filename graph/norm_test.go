package graph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/goldens"
)

// Forward, gradients and, of batch normalisation in training, the running statistics after one step.
func TestNormsOfPyTorch(t *testing.T) {
	cases := map[string]func(c goldens.Case) golden{
		"batchnorm_train": func(c goldens.Case) golden {
			return normOf(graph.BatchNorm{Eps: c.Attrs["eps"], Momentum: c.Attrs["momentum"]}, graph.BN, graph.Train)
		},
		"batchnorm_eval": func(c goldens.Case) golden {
			return normOf(graph.BatchNorm{Eps: c.Attrs["eps"]}, graph.BN, graph.Eval)
		},
		"layernorm": func(c goldens.Case) golden {
			return normOf(graph.LayerNorm{Eps: c.Attrs["eps"]}, graph.LN, graph.Train)
		},
	}
	seen := make(map[string]bool)
	for _, c := range goldens.Load(t, "norms") {
		layer := cases[c.Op]
		if layer == nil {
			t.Fatalf("%s: no layer is built for %s", c.Name, c.Op)
		}
		layer(c).check(t, c)
		seen[c.Op] = true
	}
	if len(seen) != len(cases) {
		t.Errorf("only %v have numbers", seen)
	}
}

func normOf(layer graph.Layer, norm graph.Norm, mode graph.Mode) golden {
	g := golden{model: layer, mode: mode, params: make(map[string]string)}
	g.nameNorm(map[graph.Norm]string{graph.BN: "batchnorm1/", graph.LN: "layernorm1/"}[norm], "", norm)
	return g
}

// moments are the mean and the variance, divided by n-1, of each column.
func moments(x *tensor.Dense) (mean, variance []float64) {
	rows, cols := x.Shape()[0], x.Shape()[1]
	mean, variance = make([]float64, cols), make([]float64, cols)
	for i, v := range x.Float64s() {
		mean[i%cols] += v / float64(rows)
	}
	for i, v := range x.Float64s() {
		variance[i%cols] += (v - mean[i%cols]) * (v - mean[i%cols]) / float64(rows-1)
	}
	return mean, variance
}

// near tells whether two slices agree but for some roundings of numbers near 1.
func near(got, want []float64) bool {
	return slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-14 })
}

// Over several batches the running statistics follow r <- 0.9 r + 0.1 b, and the program for evaluation, which shares the
// Params, normalises by them: any number of samples, and without moving them.
func TestEvaluationUsesTheRunningStatistics(t *testing.T) {
	params := graph.NewParams(tensor.Float64, 1)
	model := graph.BatchNorm{GainInit: initializer.Constant{Value: 2}}
	train := build(t, graph.Config{Model: model, Params: params, Input: tensor.Shape{6, 3}})
	eval := build(t, graph.Config{Model: model, Params: params, Input: tensor.Shape{1, 3}, Mode: graph.Eval})
	runningMean, runningVar := []float64{0, 0, 0}, []float64{1, 1, 1}
	for step := range uint64(4) {
		x := randn(t, tensor.Float64, step, 6, 3)
		run(t, train, x, nil)
		mean, variance := moments(x)
		for j := range mean {
			runningMean[j] = 0.9*runningMean[j] + 0.1*mean[j]
			runningVar[j] = 0.9*runningVar[j] + 0.1*variance[j]
		}
		gotMean, gotVar := params.Get("batchnorm1/running_mean").Value.Float64s(), params.Get("batchnorm1/running_var").Value.Float64s()
		if !near(gotMean, runningMean) || !near(gotVar, runningVar) {
			t.Fatalf("after step %d: running mean %v and variance %v, want %v and %v", step, gotMean, gotVar, runningMean, runningVar)
		}

		sample := randn(t, tensor.Float64, 100+step, 1, 3)
		want := make([]float64, 3)
		for j, v := range sample.Float64s() {
			want[j] = 2 * (v - runningMean[j]) / math.Sqrt(runningVar[j]+1e-5)
		}
		before := slices.Clone(gotMean)
		run(t, eval, sample, nil)
		if got := eval.OutputValue().Float64s(); !near(got, want) {
			t.Errorf("after step %d evaluation gives %v, want %v", step, got, want)
		}
		if !slices.Equal(gotMean, before) {
			t.Error("evaluation moved the running mean")
		}
	}
}

// In training each feature leaves with mean 0 and variance 1, whatever its own.
func TestBatchNormNormalisesFeatures(t *testing.T) {
	p := build(t, graph.Config{Model: graph.BatchNorm{}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{50, 2}})
	x := randn(t, tensor.Float64, 1, 50, 2)
	for i := range x.Float64s() {
		x.Float64s()[i] = 100 + 7*x.Float64s()[i]
	}
	run(t, p, x, nil)
	mean, variance := moments(p.OutputValue())
	for j := range mean {
		// The variance is 49/50 of the unbiased one, but for an Eps of 1e-5 beside a variance of 49.
		if math.Abs(mean[j]) > 1e-13 || math.Abs(variance[j]*49/50-1) > 1e-6 {
			t.Errorf("feature %d has mean %g and variance %g", j, mean[j], variance[j]*49/50)
		}
	}
}

// Layer normalisation treats each sample alone, in training as in evaluation, also a batch of one.
func TestLayerNormIsTheSameInEvaluation(t *testing.T) {
	params := graph.NewParams(tensor.Float64, 1)
	x := randn(t, tensor.Float64, 1, 5, 4)
	train := build(t, graph.Config{Model: graph.LayerNorm{}, Params: params, Input: tensor.Shape{5, 4}})
	eval := build(t, graph.Config{Model: graph.LayerNorm{}, Params: params, Input: tensor.Shape{1, 4}, Mode: graph.Eval})
	run(t, train, x, nil)
	for i := range 5 {
		row, err := tensors.FromSlice(tensor.Float64, x.Float64s()[4*i:4*i+4], 1, 4)
		if err != nil {
			t.Fatal(err)
		}
		run(t, eval, row, nil)
		if got, want := eval.OutputValue().Float64s(), train.OutputValue().Float64s()[4*i:4*i+4]; !slices.Equal(got, want) {
			t.Errorf("row %d alone gives %v, in the batch %v", i, got, want)
		}
	}
}

func TestNormErrors(t *testing.T) {
	for name, c := range map[string]struct {
		layer graph.Layer
		input tensor.Shape
		words []string
	}{
		"batch of one":     {graph.BatchNorm{}, tensor.Shape{1, 4}, []string{"layer batchnorm1", "a batch of 1 has no variance", "at least 2", "DropLast", "another batch size"}},
		"one sample":       {graph.BatchNorm{}, tensor.Shape{4}, []string{"layer batchnorm1", "(4)", "(batch, features) or (batch, channels, ...)"}},
		"one pixel":        {graph.BatchNorm{}, tensor.Shape{1, 3, 1, 1}, []string{"layer batchnorm1", "a batch of 1 has no variance"}},
		"groups":           {graph.GroupNorm{Groups: 3}, tensor.Shape{2, 4, 5}, []string{"layer groupnorm1", "got Groups 3 for 4 channels", "a divisor"}},
		"no groups":        {graph.GroupNorm{}, tensor.Shape{2, 4, 5}, []string{"layer groupnorm1", "got Groups 0"}},
		"groups of rows":   {graph.GroupNorm{Groups: 2}, tensor.Shape{2, 4}, []string{"layer groupnorm1", "(2, 4)", "(batch, channels, ...)"}},
		"group norm's eps": {graph.GroupNorm{Groups: 1, Eps: math.NaN()}, tensor.Shape{2, 4, 5}, []string{"layer groupnorm1", "got Eps NaN"}},
		"instances":        {graph.InstanceNorm{}, tensor.Shape{2, 4}, []string{"layer instancenorm1", "(2, 4)", "(batch, channels, ...)"}},
		"one number":       {graph.GroupNorm{Groups: 4}, tensor.Shape{2, 4, 1, 1}, []string{"layer groupnorm1", "(2, 4, 1, 1)", "1 number in each of 4 groups", "fewer groups"}},
		"instances of one": {graph.InstanceNorm{}, tensor.Shape{2, 4, 1, 1}, []string{"layer instancenorm1", "(2, 4, 1, 1)", "no variance"}},
		"one feature":      {graph.LayerNorm{}, tensor.Shape{2, 1}, []string{"layer layernorm1", "(2, 1)", "1 feature"}},
		"channels of rows": {graph.LayerNorm{Channels: true}, tensor.Shape{2, 4}, []string{"layer layernorm1", "(2, 4)", "(batch, channels, height, width)"}},
		"negative eps":     {graph.BatchNorm{Eps: -1}, tensor.Shape{2, 4}, []string{"layer batchnorm1", "got Eps -1"}},
		"momentum above 1": {graph.BatchNorm{Momentum: 1.5}, tensor.Shape{2, 4}, []string{"layer batchnorm1", "Momentum 1.5", "[0, 1]"}},
		"momentum below 0": {graph.BatchNorm{Momentum: -0.1}, tensor.Shape{2, 4}, []string{"layer batchnorm1", "Momentum -0.1"}},
		"NaN":              {graph.BatchNorm{Eps: math.NaN()}, tensor.Shape{2, 4}, []string{"layer batchnorm1", "got Eps NaN"}},
		"NaN momentum":     {graph.BatchNorm{Momentum: math.NaN()}, tensor.Shape{2, 4}, []string{"layer batchnorm1", "Momentum NaN"}},
		"one axis":         {graph.LayerNorm{}, tensor.Shape{4}, []string{"layer layernorm1", "(4)", "(batch, ..., features)"}},
		"layer norm's eps": {graph.LayerNorm{Eps: -1}, tensor.Shape{2, 4}, []string{"layer layernorm1", "got Eps -1"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := graph.Build(graph.Config{Model: c.layer, Params: graph.NewParams(tensor.Float64, 1), Input: c.input})
			wantError(t, err, c.words...)
		})
	}
}

func TestParseNorm(t *testing.T) {
	for _, n := range []graph.Norm{graph.NoNorm, graph.BN, graph.LN} {
		if got, err := graph.ParseNorm(n.String()); err != nil || got != n {
			t.Errorf("%v: %v, %v", n, got, err)
		}
	}
	if got, err := graph.ParseNorm("BN"); err != nil || got != graph.BN {
		t.Errorf("BN: %v, %v", got, err)
	}
	_, err := graph.ParseNorm("batch")
	wantError(t, err, `"batch"`, "none, bn or ln")
}

func TestLayerOfNorm(t *testing.T) {
	for _, n := range []graph.Norm{graph.NoNorm, graph.BN, graph.LN} {
		if err := n.Validate(); err != nil {
			t.Errorf("%v: %v", n, err)
		}
	}
	got := fmt.Sprint(graph.NoNorm.Layer(nil), graph.BN.Layer(initializer.Constant{}), graph.LN.Layer(initializer.Constant{Value: 3}))
	want := fmt.Sprint(graph.Layer(nil), graph.BatchNorm{GainInit: initializer.Constant{}}, graph.LayerNorm{GainInit: initializer.Constant{Value: 3}})
	if got != want {
		t.Errorf("layers %s, want %s", got, want)
	}
}

func TestUnknownConstantsAreNamedNotFatal(t *testing.T) {
	if got := graph.Role(9).String() + graph.Mode(-1).String() + graph.Norm(7).String(); got != "role(9)mode(-1)norm(7)" {
		t.Errorf("names are %s", got)
	}
	model := graph.Sequential{graph.Dense{Units: 2}, graph.Norm(7).Layer(nil)}
	_, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{3, 2}})
	wantError(t, err, "norm(7)", "NoNorm, BN or LN")
}
