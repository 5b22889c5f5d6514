package vanishtest

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/fashion"
)

// fakeTB records the messages of a test and continues after a failure.
type fakeTB struct {
	testing.TB
	errors, fatals []string
}

func (*fakeTB) Helper() {}
func (f *fakeTB) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fakeTB) Fatalf(format string, args ...any) {
	f.fatals = append(f.fatals, fmt.Sprintf(format, args...))
}

func TestHealthyNetworksPass(t *testing.T) {
	images := fashion.Images(t, 320)
	for name, model := range map[string]graph.Model{
		"mlp":      mlp.Model{Input: 784, Depth: 5, Width: 32, Output: 10},
		"residual": resnet.Model{Input: 784, Blocks: 10, Width: 32, Output: 10},
	} {
		fake := &fakeTB{TB: t}
		Healthy(fake, model, images)
		if len(fake.errors)+len(fake.fatals) > 0 {
			t.Errorf("%s: %v %v", name, fake.errors, fake.fatals)
		}
	}
	Healthy(t, mlp.Model{Input: 784, Depth: 5, Width: 32, Output: 10}, images)
}

func TestSickNetworksFailWithTheReason(t *testing.T) {
	images := fashion.Images(t, 128)
	for _, c := range []struct {
		options Options
		model   graph.Model
		words   []string
	}{
		{Options{}, mlp.Model{Input: 784, Depth: 20, Width: 32, Output: 10, Activation: graph.Sigmoid},
			[]string{"the network: vanishing", "critical: vanishing", "dense20", "Remedies, tried on a copy", "batch normalisation", "as it is"}},
		{Options{NoRemedies: true}, mlp.Model{Input: 784, Depth: 20, Width: 32, Output: 10, Init: initializer.Normal{Std: 0.8}},
			[]string{"the network: exploding", ": exploding, layers"}},
		{Options{Optimizer: &optim.SGD{LearningRate: 1e20}, NoRemedies: true}, mlp.Model{Input: 784, Depth: 5, Width: 32, Output: 10},
			[]string{"the network: non-finite", "no longer a finite number"}},
		{Options{NoRemedies: true}, mlp.Model{Input: 784, Depth: 3, Width: 8, Output: 10, Activation: graph.Tanh, Init: initializer.Constant{}},
			[]string{"undetermined"}},
	} {
		fake := &fakeTB{TB: t}
		c.options.Healthy(fake, c.model, images)
		if len(fake.errors) != 1 || len(fake.fatals) != 0 {
			t.Errorf("%v: errors %q, fatals %q", c.words[0], fake.errors, fake.fatals)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(fake.errors[0], word) {
				t.Errorf("%q is missing in:\n%s", word, fake.errors[0])
			}
		}
	}
}

func TestNetworksThatCannotRun(t *testing.T) {
	images := fashion.Images(t, 128)
	for want, check := range map[string]func(testing.TB){
		"want 3 (Input)":  func(t testing.TB) { Healthy(t, mlp.Model{Input: 3, Output: 10}, images) },
		"got no model":    func(t testing.TB) { Healthy(t, nil, images) },
		"without samples": func(t testing.TB) { Healthy(t, mlp.Model{Input: 784, Output: 10}, nil) },
		"got Batch -1":    func(t testing.TB) { Options{Batch: -1}.Healthy(t, mlp.Model{Input: 784, Output: 10}, images) },
		"cannot be copied": func(t testing.TB) {
			Options{Optimizer: byValue{}}.Healthy(t, mlp.Model{Input: 784, Output: 10}, images)
		},
	} {
		fake := &fakeTB{TB: t}
		check(fake)
		if len(fake.fatals) != 1 || !strings.Contains(fake.fatals[0], want) {
			t.Errorf("got %q, want one that says %q", fake.fatals, want)
		}
	}
}

type byValue struct{ optim.Optimizer }

// The same model and data give the same report, whatever the clock.
func TestCheckIsDeterministic(t *testing.T) {
	images := fashion.Images(t, 200)
	model := mlp.Model{Input: 784, Depth: 12, Width: 32, Output: 10, Activation: graph.Sigmoid}
	adam := &optim.Adam{}
	texts := make([]string, 2)
	for i := range texts {
		d, err := Options{Optimizer: adam, Steps: 20}.Check(model, images)
		if err != nil {
			t.Fatal(err)
		}
		if p := d.Profile; len(p.Records) != 20 || len(p.Trials) == 0 {
			t.Errorf("%d records, %d trials, want 20 and some", len(p.Records), len(p.Trials))
		}
		texts[i] = Describe(d)
	}
	if texts[0] != texts[1] {
		t.Errorf("two checks differ:\n%s\n%s", texts[0], texts[1])
	}
	t.Log(texts[0])
}

// Trials of remedies do not change the verdict on a run that ended in NaN.
func TestCheckOfARunThatANaNEnded(t *testing.T) {
	model := mlp.Model{Input: 784, Depth: 3, Width: 8, Output: 10}
	d, err := Options{Callbacks: []train.Callback{ending{}}}.Check(model, fashion.Images(t, 128))
	if err != nil {
		t.Fatal(err)
	}
	if d.Verdict != vanishing.NonFinite || len(d.Profile.Trials) == 0 {
		t.Errorf("got %v: %s, with %d trials", d.Verdict, d.Sentence, len(d.Profile.Trials))
	}
}

// ending ends a run like a machine that watches for NaN.
type ending struct{ train.Base }

func (ending) AfterStep(*train.Run) error { return machine.ErrNonFinite }

func TestLossFor(t *testing.T) {
	tensorOf := func(v any) *tensor.Dense {
		y, err := tensors.FromSlice(tensor.Float32, v)
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	classes, err := tensors.Labels([]int{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	random, err := tensors.Randn(tensor.Float64, rand.New(rand.NewPCG(1, 1)), 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		y    *tensor.Dense
		want graph.Loss
	}{
		{classes, graph.CrossEntropy{}},
		{tensorOf([][]float64{{0, 1}, {1, 0}}), graph.CrossEntropy{OneHot: true}},
		{tensorOf([][]float64{{1, 1}, {1, 0}}), graph.BCE{}},
		{tensorOf([][]float64{{1}, {0}}), graph.BCE{}},
		{tensorOf([][]float64{{1}, {0.5}}), graph.MSE{}},
		{random, graph.MSE{}},
	} {
		if got, err := LossFor(&data.Dataset{X: c.y, Y: c.y}); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, %v, want %v", c.y.Data(), got, err, c.want)
		}
	}
	if _, err := LossFor(nil); err == nil {
		t.Error("no error without a dataset")
	}
}

func TestSick(t *testing.T) {
	d := vanishing.Diagnosis{Verdict: vanishing.Vanishing, Findings: []vanishing.Finding{
		{Rule: "vanishing", Severity: vanishing.Warning}, {Rule: "gradient-noise", Severity: vanishing.Note}, {Rule: "layer-not-training", Severity: vanishing.Critical},
	}}
	if list := Sick(d); len(list) != 2 {
		t.Errorf("%+v, want the verdict's and the critical one", list)
	}
}
