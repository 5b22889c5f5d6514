package vanishing

import (
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing/internal/fashion"
)

// seeds is the number of networks for each claim about a kind of network.
func seeds() int {
	if testing.Short() {
		return 8
	}
	return 20
}

// build makes a training program of a model.
func build(t testing.TB, model graph.Model, loss graph.Loss, seed uint64, input ...int) *graph.Program {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float32, seed), Input: input, Loss: loss,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// randomBatch is a batch of inputs from N(0, 1), with the classes in cyclic order.
func randomBatch(t testing.TB, seed uint64, samples, features, classes int) (x, y *tensor.Dense) {
	t.Helper()
	x, err := tensors.Randn(tensor.Float32, rand.New(rand.NewPCG(seed, 1)), samples, features)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int, samples)
	for i := range labels {
		labels[i] = i % classes
	}
	if y, err = tensors.Labels(labels); err != nil {
		t.Fatal(err)
	}
	return x, y
}

func observe(t testing.TB, p *graph.Program, x, y *tensor.Dense) Profile {
	t.Helper()
	profile, err := Observe(t.Name(), p, x, y)
	if err != nil {
		t.Fatal(err)
	}
	return profile
}

// onFashion observes untrained networks of one architecture with different seeds, each on a batch of 64 images.
func onFashion(t *testing.T, model graph.Model, inspect func(seed uint64, p Profile, d Diagnosis)) {
	t.Helper()
	images := fashion.Images(t, 64*seeds())
	for seed := range uint64(seeds()) {
		part, err := images.Slice(64*int(seed), 64*int(seed+1))
		if err != nil {
			t.Fatal(err)
		}
		program := build(t, model, graph.CrossEntropy{}, seed, 64, 784)
		p := observe(t, program, part.X, part.Y)
		if err := program.Close(); err != nil {
			t.Fatal(err)
		}
		inspect(seed, p, Diagnose(p))
	}
}

// expectVerdict diagnoses a profile and checks for phrases in sentence and evidence.
func expectVerdict(t *testing.T, p Profile, want Verdict, phrases ...string) Diagnosis {
	t.Helper()
	d := Diagnose(p)
	if d.Verdict != want {
		t.Errorf("verdict %v, want %v: %s %s", d.Verdict, want, d.Sentence, d.Evidence)
	}
	for _, phrase := range phrases {
		if !strings.Contains(d.Sentence+" "+d.Evidence, phrase) {
			t.Errorf("%q is missing in: %s %s", phrase, d.Sentence, d.Evidence)
		}
	}
	return d
}

// expectFinding returns the finding of a rule, and checks for phrases in its sentence and evidence.
func expectFinding(t *testing.T, d Diagnosis, rule string, phrases ...string) Finding {
	t.Helper()
	for _, f := range d.Findings {
		for _, phrase := range phrases {
			if f.Rule == rule && !strings.Contains(f.Sentence+" "+f.Evidence, phrase) {
				t.Errorf("%s: %q is missing in: %s %s", rule, phrase, f.Sentence, f.Evidence)
			}
		}
		if f.Rule == rule {
			return f
		}
	}
	t.Errorf("no finding %q in %+v", rule, d.Findings)
	return Finding{}
}
