package vanishing_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/vanishing"
)

// One layer whose weights are too small by a factor of a thousand or more starves all earlier layers and is found. A factor of ten
// is no break, because random initialisations differ by half a decade.
func TestOneBadLayer(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 2026))
	set, err := images(t).Subset(32)
	if err != nil {
		t.Fatal(err)
	}
	draws := 40
	if testing.Short() {
		draws = 12
	}
	for range draws {
		model := mlp.Model{Input: features, Depth: 4 + rng.IntN(20), Width: 48, Output: classes, Activation: pick(rng, graph.ReLU, graph.Tanh, graph.SELU)}
		bad := 2 + rng.IntN(model.Depth-1) // after at least one hidden layer
		for _, c := range []struct {
			decades float64
			want    vanishing.Verdict
		}{{-3 - 3*rng.Float64(), vanishing.Vanishing}, {3 + 3*rng.Float64(), vanishing.Exploding}, {-1, vanishing.Healthy}, {0, vanishing.Healthy}} {
			if c.decades > 0 && model.Activation != graph.ReLU {
				continue // the others saturate
			}
			params := graph.NewParams(tensor.Float32, rng.Uint64())
			p, err := graph.Build(graph.Config{Model: model, Params: params, Input: set.X.Shape().Clone(), Loss: graph.CrossEntropy{}})
			if err != nil {
				t.Fatal(err)
			}
			w := p.Weights[2*(bad-1)]
			for i, v := range w.Value.Float32s() {
				w.Value.Float32s()[i] = v * float32(math.Pow(10, c.decades))
			}
			profile, err := vanishing.Observe("bad", p, set.X, set.Y)
			if err != nil {
				t.Fatal(err)
			}
			if d := vanishing.Diagnose(profile); d.Verdict != c.want {
				t.Errorf("%d layers of %v, weights of layer %d (%s) scaled by 1e%.1f: got %v, want %v: %s", model.Depth, model.Activation, bad, w.Name, c.decades, d.Verdict, c.want, d.Sentence)
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
