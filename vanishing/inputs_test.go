package vanishing_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/remedy"
	"github.com/gradflow/gradflow/vanishing/vanishtest"
)

// Networks that read several inputs and have several outputs are recorded and diagnosed like others.

// towers reads features and ids by separate layers, which hidden layers and two heads follow.
func towers(hidden graph.Sequential) graph.Model {
	return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		scope := b.Scope("embedding")
		table := scope.Param(graph.Param{
			Name: "weight", Role: graph.Weight, Fan: initializer.Fan{In: 1, Out: 8}, Init: initializer.Normal{Std: 1},
		}, 5, 8)
		ids := scope.Check(op.Embedding(table, scope.Input("id")))
		h := graph.Tanh.Apply(b, b.Check(op.Add(graph.Named("features", graph.Dense{Units: 8}).Apply(b, x), ids)))
		h = hidden.Apply(b, h)
		b.Output("value", graph.Named("value", graph.Dense{Units: 1}).Apply(b, h))
		return graph.Named("class", graph.Dense{Units: 3}).Apply(b, h)
	})
}

var twoLosses = []graph.Objective{{Name: "class", Loss: graph.CrossEntropy{}}, {Output: "value", Loss: graph.MSE{}, Weight: 0.1}}

// towerBlocks are residual blocks of width 8.
func towerBlocks(n int) (list graph.Sequential) {
	for range n {
		list = append(list, graph.Residual{Branch: graph.Sequential{graph.Dense{Units: 8}, graph.Tanh, graph.Dense{Units: 8}}}, graph.Tanh)
	}
	return list
}

// towerLayers are fully connected layers of width 8.
func towerLayers(n int, a graph.Activation) (list graph.Sequential) {
	for range n {
		list = append(list, graph.Dense{Units: 8}, a)
	}
	return list
}

func towerSet(n int) *data.Dataset {
	rng := rand.New(rand.NewPCG(9, 1))
	x, id, class, value := make([]float64, 4*n), make([]int, n), make([]int, n), make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for i := range n {
		id[i], class[i], value[i] = rng.IntN(5), rng.IntN(3), rng.NormFloat64()
	}
	return &data.Dataset{
		X: tensor.New(tensor.WithShape(n, 4), tensor.WithBacking(x)), Y: tensor.New(tensor.WithShape(n), tensor.WithBacking(class)),
		Columns: []data.Column{
			{Name: "id", Values: tensor.New(tensor.WithShape(n), tensor.WithBacking(id))},
			{Name: "value", Values: tensor.New(tensor.WithShape(n, 1), tensor.WithBacking(value))},
		},
	}
}

func TestTwoInputsAndTwoHeads(t *testing.T) {
	set := towerSet(40)
	for _, c := range []struct {
		name   string
		hidden graph.Sequential
		depth  int
		want   vanishing.Verdict
	}{
		{"tanh", towerLayers(3, graph.Tanh), 5, vanishing.Healthy},
		{"residual", towerBlocks(3), 8, vanishing.Healthy},
		{"sigmoid", towerLayers(20, graph.Sigmoid), 22, vanishing.Vanishing},
	} {
		t.Run(c.name, func(t *testing.T) {
			recorder := &vanishing.Recorder{Details: vanishing.Every(1), Paths: vanishing.Every(2)}
			trainer := &train.Trainer{
				Model: towers(c.hidden), Losses: twoLosses, Dtype: tensor.Float64, Epochs: 2, BatchSize: 16,
				Callbacks: []train.Callback{recorder}, Seed: 1,
			}
			if _, err := trainer.Fit(context.Background(), set, set); err != nil {
				t.Fatal(err)
			}
			p := recorder.Profile()
			expect(t, p, c.want)
			depths := make(map[string]int)
			for _, l := range p.Layers {
				depths[l.Path] = l.Depth
			}
			// The sum of the two towers is one layer of two maps.
			for path, want := range map[string]int{"embedding1": 1, "class/dense1": c.depth, "value/dense1": c.depth} {
				if depths[path] != want {
					t.Errorf("layer %s has depth %d, want %d, in %v", path, depths[path], want, depths)
				}
			}
			if len(p.Unseen) > 0 || p.Theory == nil || !strings.Contains(p.Theory.None, "2 inputs") {
				t.Errorf("got unseen weights %v and theory %+v, want none and the reason that there are 2 inputs", p.Unseen, p.Theory)
			}
			if residual := c.name == "residual"; residual != (len(p.Paths) > 0) {
				t.Errorf("%s: got %d path spectra, want some in a residual network only", c.name, len(p.Paths))
			}
			for _, paths := range p.Paths {
				if !(paths.Error < 1e-12) || math.IsNaN(float64(paths.Mean)) {
					t.Errorf("step %d: error of the spectrum: got %g, want less than 1e-12", paths.Step, paths.Error)
				}
			}
		})
	}
}

func TestObserveNamed(t *testing.T) {
	set := towerSet(6)
	values := make(map[string]*tensor.Dense)
	var inputs []graph.Input
	for _, c := range set.AllColumns() {
		if values[c.Name] = c.Values; c.Name != "target" && c.Name != "value" {
			inputs = append(inputs, graph.Input{Name: c.Name, Shape: c.Values.Shape(), Dtype: c.Values.Dtype()})
		}
	}
	p, err := graph.Build(graph.Config{
		Model: towers(towerBlocks(2)), Params: graph.NewParams(tensor.Float64, 1), Inputs: inputs, Losses: twoLosses,
	})
	if err != nil {
		t.Fatal(err)
	}
	profile, err := vanishing.ObserveNamed("towers", p, values)
	if err != nil {
		t.Fatal(err)
	}
	if d := expect(t, profile, vanishing.Healthy); profile.Records[0].Batch != 6 || d.Records != 1 {
		t.Errorf("got a batch of %d and %d records, want 6 and 1", profile.Records[0].Batch, d.Records)
	}
	paths, err := vanishing.PathSpectrumNamed(p, values)
	if err != nil || !(paths.Error < 1e-12) || len(paths.Shares) != 3 {
		t.Errorf("paths: got %+v, %v, want 3 shares", paths, err)
	}
	if _, err := vanishing.PathSpectrumNamed(p, nil); err == nil {
		t.Error("a spectrum of no batch is no error")
	}
	_, err = vanishing.PathSpectrum(p, set.X, set.Y)
	if err == nil {
		t.Error("a spectrum of one of two inputs is no error")
	}
}

// Checks and remedies support named columns and several losses.
func TestCheckOfTwoHeads(t *testing.T) {
	set := towerSet(40)
	o := vanishtest.Options{Losses: twoLosses, Steps: 3, Batch: 16}
	o.Healthy(t, towers(towerLayers(2, graph.Tanh)), set)
	sick := towers(towerLayers(20, graph.Sigmoid))
	failed := &failure{TB: t}
	o.Healthy(failed, sick, set)
	for _, part := range []string{"vanishing", remedy.Unchanged} { // the verdict and the tried remedies
		if !strings.Contains(failed.text, part) {
			t.Errorf("%q is missing in\n%s", part, failed.text)
		}
	}
	trials, err := remedy.Try(remedy.Config{Model: sick, Losses: twoLosses, X: set.X, Y: set.Y, Columns: set.Columns, Steps: 1})
	if err != nil || len(trials) < 3 || trials[0].Outcome == nil {
		t.Errorf("got %d trials, %v, want at least 3 with an outcome", len(trials), err)
	}
	if _, err := remedy.Try(remedy.Config{Model: towers(towerLayers(2, graph.Tanh)), Losses: twoLosses, Columns: set.Columns}); err == nil {
		t.Error("remedies of a batch without targets are no error")
	}
}

// A failure collects the errors of a test.
type failure struct {
	testing.TB
	text string
}

func (f *failure) Errorf(format string, args ...any) { f.text += fmt.Sprintf(format, args...) }
