package vanishing

import (
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
	"github.com/gradflow/gradflow/vanishing/profile"
)

func within[G, W ~float64](t *testing.T, what string, got G, want W, tolerance float64) {
	t.Helper()
	if !(math.Abs(float64(got)-float64(want)) <= tolerance*math.Abs(float64(want))) {
		t.Errorf("%s: got %.9g, want %.9g", what, got, want)
	}
}

// A network that can be computed by hand: two samples x = (1, 2) and (0, 0), weights of 0.5, two sigmoid units, and an output that
// sums them. So z = 1.5 and 0, out = 2 sigmoid(z), loss = sum out^2 and dL/dout = 2 out.
func TestRecordOfAHandComputedNetwork(t *testing.T) {
	half, one := initializer.Constant{Value: 0.5}, initializer.Constant{Value: 1}
	model := graph.Sequential{
		graph.Dense{Units: 2, Init: half, NoBias: true}, graph.Sigmoid, graph.Dense{Units: 1, Init: one, NoBias: true},
	}
	params := graph.NewParams(tensor.Float64, 1)
	program, err := graph.Build(graph.Config{Model: model, Params: params, Input: tensor.Shape{2, 2}, Loss: graph.MSE{Sum: true}})
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 0, 0}))
	y := tensor.New(tensor.WithShape(2, 1), tensor.WithBacking([]float64{0, 0}))
	p := observe(t, program, x, y)

	const tolerance = 1e-14
	a, b := graph.Sigmoid.Eval(1.5), 0.5
	r := p.Records[0]
	within(t, "loss", r.Loss, 4*a*a+4*b*b, tolerance)
	within(t, "delta of the output", r.Layers[1].DeltaRMS, math.Sqrt((16*a*a+16*b*b)/2), tolerance)
	da, db := 4*a*a*(1-a), 4*b*b*(1-b) // each for both units
	within(t, "delta of the hidden layer", r.Layers[0].DeltaRMS, math.Sqrt((da*da+db*db)/2), tolerance)
	within(t, "mean activation", r.Details.Layers[0].ActMean, (a+b)/2, tolerance)
	within(t, "std of the activation", r.Details.Layers[0].ActStd, (a-b)/2, tolerance)
	within(t, "mean of the output, which has no activation", r.Details.Layers[1].ActMean, a+b, tolerance)

	hidden := []float64{da, da, 2 * da, 2 * da} // dL/dw = x^T delta; the second sample is zero
	within(t, "L2 of the hidden weight's gradient", r.Params[0].GradL2, vecnorm.L2(hidden), tolerance)
	within(t, "RMS of the hidden weight's gradient", r.Params[0].GradRMS, vecnorm.L2(hidden)/2, tolerance)
	within(t, "L2 of the hidden weight", r.Details.Params[0].NormL2, 1.0, tolerance)
	if r.Details.Updates != nil || r.Details.Clipped != nil {
		t.Errorf("updates of a step without an update: got %+v, want none", r.Details)
	}
	if r.Batch != 2 || r.Step != 0 || p.Dtype != "float64" || p.Seed != 1 {
		t.Errorf("got %+v of %s, seed %d", r, p.Dtype, p.Seed)
	}
	want := Layer{
		Path: "dense1", Depth: 1, Activation: profile.Activation{Kind: profile.Sigmoid}, Units: 2, FanIn: 2,
		Init: &profile.Initializer{Kind: profile.Constant, Value: 0.5},
	}
	if !reflect.DeepEqual(p.Layers[0], want) {
		t.Errorf("got %+v, want %+v", p.Layers[0], want)
	}
	if want := (profile.Param{Name: "dense2/weight", Layer: "dense2", Depth: 2, Role: "weight", Size: 2}); p.Params[1] != want {
		t.Errorf("got %+v, want %+v", p.Params[1], want)
	}
}

// With one sample the gradient of a layer's bias is its delta, times the scale of the branch in a residual block. This checks delta
// in deep networks of all kinds. The tolerance is 100 roundings of float32.
func TestDeltaIsTheBiasGradientOfOneSample(t *testing.T) {
	for name, model := range map[string]graph.Model{
		"plain":    mlp.Model{Input: 20, Depth: 6, Width: 30, Output: 10, Activation: graph.Tanh},
		"residual": resnet.Model{Input: 20, Blocks: 5, Width: 30, Output: 10, BranchScale: 1},
	} {
		x, y := randomBatch(t, 1, 1, 20, 10)
		p := observe(t, build(t, model, graph.CrossEntropy{}, 1, 1, 20), x, y)
		checked := 0
		for i, param := range p.Params {
			if param.Role != "bias" {
				continue
			}
			l := slices.IndexFunc(p.Layers, func(l Layer) bool { return l.Path == param.Layer })
			delta := float64(p.Records[0].Layers[l].DeltaRMS) * math.Sqrt(float64(p.Layers[l].Units))
			within(t, name+": "+param.Name, p.Records[0].Params[i].GradL2, delta, 1e-5)
			checked++
		}
		if checked != len(p.Layers) {
			t.Errorf("%s: got %d biases, want one for each of %d layers", name, checked, len(p.Layers))
		}
	}
}

// Observe removes its taps. A remaining tap would be called in every later run.
func TestNothingStaysAttached(t *testing.T) {
	program := build(t, mlp.Model{Input: 3, Depth: 2, Width: 4, Output: 2}, graph.CrossEntropy{}, 1, 5, 3)
	x, y := randomBatch(t, 1, 5, 3, 2)
	w, err := newProbe(program, "", true, true)
	if err != nil {
		t.Fatal(err)
	}
	w.begin(allTiers)
	if err := program.Run(x, y); err != nil {
		t.Fatal(err)
	}
	if w.record.Layers[0].DeltaRMS == 0 || w.record.Params[0].GradL2 == 0 || w.record.Details.Layers[0].ActStd == 0 {
		t.Fatalf("nothing was recorded: %+v", w.record)
	}
	w.detach()
	empty := Record{Layers: make([]profile.LayerRecord, len(w.layers)), Params: make([]profile.ParamRecord, len(w.params))}
	w.record = &empty
	if err := program.Run(x, y); err != nil {
		t.Fatal(err)
	}
	for _, l := range empty.Layers {
		if l != (profile.LayerRecord{}) {
			t.Errorf("a tap was left on a layer: %+v", l)
		}
	}
	for _, param := range empty.Params {
		if param != (profile.ParamRecord{}) {
			t.Errorf("a tap was left on a parameter: %+v", param)
		}
	}
}

// Repeated calls of Observe do not leak memory. The taps of one call, if they remained, would hold more than 1 kB.
func TestObserveLeavesNoTaps(t *testing.T) {
	program := build(t, mlp.Model{Input: 3, Depth: 2, Width: 4, Output: 2}, graph.CrossEntropy{}, 1, 5, 3)
	x, y := randomBatch(t, 1, 5, 3, 2)
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	const looks = 1000
	first := observe(t, program, x, y)
	before := heap()
	for range looks {
		observe(t, program, x, y)
	}
	if each := (heap() - before) / looks; each > 100 {
		t.Errorf("each call leaks memory: got %d bytes, want at most 100", each)
	}
	if last := observe(t, program, x, y); last.Records[0].Loss != first.Records[0].Loss || !reflect.DeepEqual(last.Records[0].Layers[0], first.Records[0].Layers[0]) {
		t.Errorf("got %+v, at first %+v", last.Records[0], first.Records[0])
	}
}

func TestProgramsThatCannotBeWatched(t *testing.T) {
	model := mlp.Model{Input: 3, Depth: 2, Width: 4, Output: 2}
	config := graph.Config{Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{5, 3}}
	noLoss, err := graph.Build(config)
	if err != nil {
		t.Fatal(err)
	}
	config.Loss, config.Mode = graph.CrossEntropy{}, graph.Eval
	eval, err := graph.Build(config)
	if err != nil {
		t.Fatal(err)
	}
	x, y := randomBatch(t, 1, 5, 3, 2)
	for want, p := range map[string]*graph.Program{"nil": nil, "mode eval": eval, "with a loss": noLoss} {
		if _, err := Observe("", p, x, y); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one that says %q", err, want)
		}
	}
}

func TestObserveGivesTheErrorOfTheRun(t *testing.T) {
	program := build(t, mlp.Model{Input: 3, Depth: 2, Width: 4, Output: 2}, graph.CrossEntropy{}, 1, 5, 3)
	x, y := randomBatch(t, 1, 4, 3, 2)
	if _, err := Observe("", program, x, y); err == nil || !strings.Contains(err.Error(), "(4, 3)") {
		t.Errorf("got error %v, want one about the shape (4, 3)", err)
	}
}
