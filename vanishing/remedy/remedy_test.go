package remedy

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/internal/fashion"
	"github.com/gradflow/gradflow/vanishing/profile"
)

func try(t *testing.T, c Config) []profile.Trial {
	t.Helper()
	batch := fashion.Images(t, 64)
	c.Loss, c.X, c.Y, c.Seed = graph.CrossEntropy{}, batch.X, batch.Y, 1
	start := time.Now()
	trials, err := Try(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range trials {
		o := profile.Outcome{}
		if trial.Outcome != nil {
			o = *trial.Outcome
		}
		t.Logf("%-26s %-60s change %+7.2f  early %.1e late %.1e  loss %.3f -> %.3f  %s",
			trial.Name, trial.Code, o.Change, o.Early, o.Late, o.Loss, o.After, trial.Note)
	}
	t.Logf("%v", time.Since(start))
	return trials
}

func find(t *testing.T, trials []profile.Trial, name string) (profile.Trial, int) {
	t.Helper()
	for i, trial := range trials {
		if trial.Name == name {
			return trial, i
		}
	}
	t.Fatalf("no trial %q", name)
	return profile.Trial{}, 0
}

// Known remedies are found: a deep sigmoid network needs another activation or batch normalisation, and neither another
// initialisation nor another rate helps.
func TestRemediesOfADeepSigmoidNetwork(t *testing.T) {
	trials := try(t, Config{Model: mlp.Model{Input: 784, Depth: 30, Width: 64, Output: 10, Activation: graph.Sigmoid}})
	_, unchanged := find(t, trials, Unchanged)
	for _, name := range []string{"batch normalisation", "ReLU", "SELU"} {
		trial, rank := find(t, trials, name)
		if rank >= unchanged || trial.Outcome == nil || math.Abs(float64(trial.Outcome.Change)) >= diagnose.Threshold || !(trial.Outcome.After < trial.Outcome.Loss) {
			t.Errorf("%s helps, but is at rank %d after the unchanged network at %d: %+v", name, rank, unchanged, trial)
		}
	}
	for _, name := range []string{"He initialisation", "orthogonal initialisation", "clipping", "lower rate", "higher rate"} {
		if trial, _ := find(t, trials, name); trial.Outcome.Change > -diagnose.Threshold {
			t.Errorf("%s cannot help: %+v", name, trial)
		}
	}
	trial, _ := find(t, trials, "skips")
	if want := "resnet.Model{Input: 784, Blocks: 14, Width: 64, Output: 10, Activation: graph.Sigmoid}"; trial.Code != want {
		t.Errorf("code %q, want %q", trial.Code, want)
	}
}

// Weights that are too large need a smaller initialisation or normalisation; a smaller rate does not help.
func TestRemediesOfALargeInitialisation(t *testing.T) {
	trials := try(t, Config{
		Model: mlp.Model{Input: 784, Depth: 30, Width: 64, Output: 10, Init: initializer.Normal{Std: 0.4}}, Optimizer: &optim.SGD{},
	})
	_, unchanged := find(t, trials, Unchanged)
	for _, name := range []string{"He initialisation", "orthogonal initialisation", "layer normalisation"} {
		if trial, rank := find(t, trials, name); rank >= unchanged || math.Abs(float64(trial.Outcome.Change)) >= diagnose.Threshold {
			t.Errorf("%s at rank %d of %d: %+v", name, rank, unchanged, trial)
		}
	}
}

// A healthy network that learns slowly needs larger steps.
func TestRemediesOfASmallRate(t *testing.T) {
	trials := try(t, Config{Model: mlp.Model{Input: 784, Depth: 3, Width: 32, Output: 10}, Optimizer: &optim.SGD{LearningRate: 1e-4}})
	_, unchanged := find(t, trials, Unchanged)
	if _, rank := find(t, trials, "higher rate"); rank >= unchanged {
		t.Errorf("a higher rate is at rank %d after the unchanged network at %d", rank, unchanged)
	}
	if _, rank := find(t, trials, "lower rate"); rank < unchanged {
		t.Errorf("a lower rate is at rank %d before %d", rank, unchanged)
	}
}

func TestRemediesOfResidualNetworks(t *testing.T) {
	trials := try(t, Config{Model: resnet.Model{Input: 784, Blocks: 20, Width: 32, Output: 10, BranchScale: 1}, Optimizer: &optim.SGD{}})
	_, unchanged := find(t, trials, Unchanged)
	for _, name := range []string{"batch normalisation", "skips"} {
		if trial, rank := find(t, trials, name); rank >= unchanged || trial.Code == "" {
			t.Errorf("%s is at rank %d after the unchanged network at %d", name, rank, unchanged)
		}
	}
	trials = try(t, Config{Model: resnet.Model{Input: 784, Blocks: 20, Width: 32, Output: 10, NoSkip: true}})
	if trial, rank := find(t, trials, "skips"); rank > 3 || trial.Code != "NoSkip: false" {
		t.Errorf("skips that are put back are at rank %d: %+v", rank, trial)
	}
}

// For a model of another package initialisers, rates and clipping are tried; other remedies are listed with the reason.
func TestForeignModels(t *testing.T) {
	var model graph.Sequential
	for range 20 {
		model = append(model, graph.Dense{Units: 32, Init: initializer.Normal{Std: 0.05}}, graph.ReLU)
	}
	model = append(model, graph.Dense{Units: 10, Init: initializer.Normal{Std: 0.05}})
	trials := try(t, Config{Model: model})
	if trials[0].Name != "He initialisation" && trials[0].Name != "orthogonal initialisation" {
		t.Errorf("%s helps most", trials[0].Name)
	}
	for _, trial := range trials {
		structural := trial.Name == "skips" || strings.Contains(trial.Name, "LU") || strings.Contains(trial.Name, "normalisation")
		if (trial.Outcome != nil) == structural || structural && !strings.Contains(trial.Note, "graph.Sequential cannot be exchanged") {
			t.Errorf("%+v", trial)
		}
	}
}

// Parameters, optimiser and batch are not changed, and a second call gives the same trials.
func TestTryChangesNothing(t *testing.T) {
	model := mlp.Model{Input: 784, Depth: 3, Width: 16, Output: 10}
	params := graph.NewParams(tensor.Float32, 5)
	batch := fashion.Images(t, 64)
	program, err := graph.Build(graph.Config{Model: model, Params: params, Input: batch.X.Shape().Clone(), Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Run(batch.X, batch.Y); err != nil {
		t.Fatal(err)
	}
	adam := &optim.Adam{LearningRate: 0.01}
	step(t, program, adam)
	state := func() (values [][]float32) {
		for _, p := range params.All() {
			values = append(values, append([]float32(nil), p.Value.Float32s()...))
		}
		return append(values, append([]float32(nil), batch.X.Float32s()...))
	}
	before := state()
	c := Config{Model: model, Params: params, Optimizer: adam}
	first, second := try(t, c), try(t, c)
	if !reflect.DeepEqual(first, second) {
		t.Error("the second try differs")
	}
	if !reflect.DeepEqual(before, state()) {
		t.Error("parameters or batch have changed")
	}
	// The optimiser continues like one that was not used for trials.
	twin := &optim.Adam{LearningRate: 0.01}
	twinParams := graph.NewParams(tensor.Float32, 5)
	twinProgram, err := graph.Build(graph.Config{Model: model, Params: twinParams, Input: batch.X.Shape().Clone(), Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*graph.Program{twinProgram, twinProgram, program} {
		if err := p.Run(batch.X, batch.Y); err != nil {
			t.Fatal(err)
		}
		if p == program {
			step(t, p, adam)
		} else {
			step(t, p, twin)
		}
	}
	for i, p := range params.All() {
		if !reflect.DeepEqual(p.Value.Float32s(), twinParams.All()[i].Value.Float32s()) {
			t.Fatalf("%s parts from that of an optimiser that was left alone", p.Name)
		}
	}
	// The trial of the unchanged network begins with its current parameters.
	if unchanged, _ := find(t, first, Unchanged); float64(unchanged.Outcome.Loss) != program.LossValue() {
		t.Errorf("the network as it is begins at a loss of %g, want %g", unchanged.Outcome.Loss, program.LossValue())
	}
}

// step updates the parameters of a program that has just run.
func step(t *testing.T, p *graph.Program, o optim.Optimizer) {
	t.Helper()
	var params []*graph.Param
	var grads []*tensor.Dense
	for _, w := range p.Weights {
		params, grads = append(params, w.Param), append(grads, w.Grad.Value().(*tensor.Dense))
	}
	if err := o.Step(params, grads, o.Rate()); err != nil {
		t.Fatal(err)
	}
}

func TestBadConfigurations(t *testing.T) {
	batch := fashion.Images(t, 64)
	model := mlp.Model{Input: 784, Output: 10}
	good := Config{Model: model, Loss: graph.CrossEntropy{}, X: batch.X, Y: batch.Y}
	for want, spoil := range map[string]func(*Config){
		"want Model, Loss, X":    func(c *Config) { c.X = nil },
		"Steps: got -1":          func(c *Config) { c.Steps = -1 },
		"the model as it is":     func(c *Config) { c.Model = mlp.Model{Input: 3, Output: 10} },
		"got no parameter":       func(c *Config) { c.Params = graph.NewParams(tensor.Float32, 1) },
		"which cannot be copied": func(c *Config) { c.Optimizer = byValue{&optim.SGD{}} },
	} {
		c := good
		spoil(&c)
		if _, err := Try(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

type byValue struct{ optim.Optimizer }

func TestActivationCode(t *testing.T) {
	for a, want := range map[graph.Activation]string{
		graph.ELU(1): "graph.ELU(1)", graph.LeakyReLU(0.2): "graph.LeakyReLU(0.2)", graph.GELUTanh: "graph.GELUTanh", graph.Tanh: "graph.Tanh", graph.SiLU: "graph.SiLU",
	} {
		if got := activationCode(a); got != want {
			t.Errorf("%s: %s, want %s", a, got, want)
		}
	}
}
