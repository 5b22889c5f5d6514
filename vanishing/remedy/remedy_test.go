package remedy

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// images is one batch of Fashion-MNIST, normalised.
func images(t testing.TB, n int) *data.Dataset {
	t.Helper()
	set, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	moments, err := set.Moments()
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Normalize(moments); err != nil {
		t.Fatal(err)
	}
	part, err := set.Subset(n)
	if err != nil {
		t.Fatal(err)
	}
	return part
}

func try(t *testing.T, c Config) []vanishing.Trial {
	t.Helper()
	batch := images(t, 64)
	c.Loss, c.X, c.Y, c.Seed = graph.CrossEntropy{}, batch.X, batch.Y, 1
	start := time.Now()
	trials, err := Try(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range trials {
		t.Logf("%-26s %-60s change %+7.2f  early %.1e late %.1e  loss %.3f -> %.3f  %s",
			trial.Name, trial.Code, trial.Change, trial.Early, trial.Late, trial.Loss, trial.After, trial.Note)
	}
	t.Logf("%v", time.Since(start))
	return trials
}

func find(t *testing.T, trials []vanishing.Trial, name string) (vanishing.Trial, int) {
	t.Helper()
	for i, trial := range trials {
		if trial.Name == name {
			return trial, i
		}
	}
	t.Fatalf("no trial %q", name)
	return vanishing.Trial{}, 0
}

func TestX(t *testing.T) {
	try(t, Config{Model: mlp.Model{Input: 784, Depth: 30, Width: 64, Output: 10, Activation: graph.Sigmoid}})
	try(t, Config{Model: mlp.Model{Input: 784, Depth: 30, Width: 64, Output: 10, Init: graph.Normal{Std: 0.4}}, Optimizer: &optim.SGD{}})
	try(t, Config{Model: resnet.Model{Input: 784, Blocks: 25, Width: 64, Output: 10, BranchScale: 1}, Optimizer: &optim.SGD{}})
	try(t, Config{Model: graph.Sequential{graph.Dense{Units: 20}, graph.Tanh, graph.Dense{Units: 20}, graph.Tanh, graph.Dense{Units: 10}}})
	_, _, _, _ = math.Pi, rand.Int, reflect.DeepEqual, strings.Contains
}
