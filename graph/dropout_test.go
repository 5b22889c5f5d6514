package graph_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
)

// dropped draws a dropout over a parameter x of ones, so that the output is the mask, and dL/dx is upstream times the
// mask that the backward pass sees.
func dropped(t *testing.T, p float64, mode graph.Mode, seed uint64) *graph.Program {
	t.Helper()
	return build(t, graph.Config{
		Model:  graph.Sequential{param(graph.Param{Name: "x", Init: initializer.Constant{Value: 1}}, 40, 50), graph.Dropout{P: p}},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{1}, Loss: weightedSum{}, Mode: mode, Seed: seed,
	})
}

// step runs the program with an upstream gradient of ones, and gives output and dL/dx.
func step(t *testing.T, p *graph.Program) (output, dx []float64) {
	t.Helper()
	ones, err := tensors.Ones(tensor.Float64, 40, 50)
	if err != nil {
		t.Fatal(err)
	}
	run(t, p, randn(t, tensor.Float64, 1, 1), ones)
	if grad := p.Weights[0].Grad; grad != nil {
		dx = slices.Clone(floats(grad.Value()))
	}
	return slices.Clone(p.OutputValue().Float64s()), dx
}

// In one step forward and backward pass see one mask; the next step has another.
func TestDropoutMaskIsOneInAStepAndNewInTheNext(t *testing.T) {
	p := dropped(t, 0.3, graph.Train, 1)
	var masks [][]float64
	for range 3 {
		mask, dx := step(t, p)
		if !slices.Equal(mask, dx) {
			t.Fatal("the backward pass sees another mask than the forward pass")
		}
		for _, v := range mask {
			if v != 0 && v != 1/0.7 {
				t.Fatalf("the mask holds %g, want 0 or 1/(1-p)", v)
			}
		}
		masks = append(masks, mask)
	}
	if slices.Equal(masks[0], masks[1]) || slices.Equal(masks[1], masks[2]) {
		t.Error("two steps have the same mask")
	}
}

// Each element is dropped with probability p, and the mean stays. Over n elements the share of zeros has a standard
// deviation of sqrt(p(1-p)/n), and the mean one of sqrt(p/(1-p)/n); five of them are allowed.
func TestDropoutKeepsTheMean(t *testing.T) {
	for _, p := range []float64{0.1, 0.5, 0.9} {
		mask, _ := step(t, dropped(t, p, graph.Train, 1))
		zeros, sum, n := 0.0, 0.0, float64(len(mask))
		for _, v := range mask {
			sum += v
			if v == 0 {
				zeros++
			}
		}
		if got := zeros / n; math.Abs(got-p) > 5*math.Sqrt(p*(1-p)/n) {
			t.Errorf("p = %g: a share of %.4f is dropped", p, got)
		}
		if got := sum / n; math.Abs(got-1) > 5*math.Sqrt(p/(1-p)/n) {
			t.Errorf("p = %g: the mean is %.4f, want 1", p, got)
		}
	}
}

// With p = 0, and in evaluation, nothing is drawn.
func TestDropoutIsTheIdentity(t *testing.T) {
	output, dx := step(t, dropped(t, 0, graph.Train, 1))
	evaluated, _ := step(t, dropped(t, 0.9, graph.Eval, 1))
	for i := range output {
		if output[i] != 1 || dx[i] != 1 || evaluated[i] != 1 {
			t.Fatalf("element %d: p = 0 gives %g with gradient %g, evaluation %g; want 1", i, output[i], dx[i], evaluated[i])
		}
	}
	for mode, layer := range map[graph.Mode]graph.Dropout{graph.Train: {P: 0}, graph.Eval: {P: 0.5}} {
		p := build(t, graph.Config{Model: layer, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 4}, Mode: mode})
		if p.Output != p.Input {
			t.Errorf("%v, p = %g: the graph has a node for it", mode, layer.P)
		}
	}
}

// Two programs of one seed have the same sequence of masks; another seed has another.
func TestDropoutIsSeeded(t *testing.T) {
	a, b, other := dropped(t, 0.5, graph.Train, 1), dropped(t, 0.5, graph.Train, 1), dropped(t, 0.5, graph.Train, 2)
	for i := range 3 {
		maskA, _ := step(t, a)
		maskB, _ := step(t, b)
		maskOther, _ := step(t, other)
		if !slices.Equal(maskA, maskB) {
			t.Errorf("step %d: one seed gives two masks", i)
		}
		if slices.Equal(maskA, maskOther) {
			t.Errorf("step %d: two seeds give one mask", i)
		}
	}
}

// Two dropouts of one model drop independently: with p = 1/2 a quarter is kept by both.
func TestDropoutsOfOneModelDiffer(t *testing.T) {
	p := build(t, graph.Config{
		Model: graph.Sequential{
			param(graph.Param{Name: "x", Init: initializer.Constant{Value: 1}}, 40, 50), graph.Dropout{P: 0.5}, graph.Dropout{P: 0.5},
		},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{1}, Loss: weightedSum{},
	})
	output, _ := step(t, p)
	kept := 0.0
	for _, v := range output {
		if v == 4 {
			kept++
		}
	}
	if got, n := kept/2000, 2000.0; math.Abs(got-0.25) > 5*math.Sqrt(0.25*0.75/n) {
		t.Errorf("a share of %.3f passes both, want 0.25", got)
	}
}

func TestDropoutErrors(t *testing.T) {
	for _, p := range []float64{-0.1, 1, 1.5, math.NaN()} {
		for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
			_, err := graph.Build(graph.Config{
				Model: graph.Dropout{P: p}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 4}, Mode: mode,
			})
			wantError(t, err, "layer dropout1", "got P ", "[0, 1)")
		}
	}
}
