package vanishing_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	rnn "github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// observeSeed observes a step of recurrent layers on white noise.
func observeSeed(t *testing.T, layer graph.Layer, seed uint64, batch, steps int) profile.Profile {
	t.Helper()
	const features = 64
	random := rand.New(rand.NewPCG(seed, 2))
	x, err := tensors.Randn(tensor.Float64, random, batch, steps, features)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int, batch)
	for i := range labels {
		labels[i] = random.IntN(10)
	}
	y, err := tensors.Labels(labels)
	if err != nil {
		t.Fatal(err)
	}
	model := graph.Sequential{layer, graph.Dense{Units: 10}}
	p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, seed), Input: x.Shape(), Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	seen, err := vanishing.Observe("recurrent", p, x, y)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// The measured gradient by layer and step is the predicted one: the mean of its logarithm over the seeds, at each fifth step. The tolerance
// is three standard errors of the mean, from the measured spread, and 5 % of the change for the finite width: numbers from plain
// simulations of 128 units are within 4 %.
func TestGradientOverTimeIsAsPredicted(t *testing.T) {
	const seeds, batch, steps = 6, 8, 30
	for name, layer := range map[string]graph.Layer{
		"torch default": rnn.RNN{Units: 128, Last: true},
		"orthogonal":    rnn.RNN{Units: 128, Last: true, StateInit: initializer.Orthogonal{}, NoBias: true},
		"stack": rnn.RNN{Units: 128, Layers: 2, Last: true, NoBias: true, StateInit: initializer.Normal{Std: 0.9 / math.Sqrt(128)},
			Init: initializer.Normal{Std: 0.7 / math.Sqrt(128)}},
		"relu":      rnn.RNN{Units: 128, Last: true, ReLU: true},
		"both ends": rnn.RNN{Units: 128, Last: true, Bidirectional: true},
		// A loss at each step: the prediction takes the measured gradients that come from it.
		"each step": graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Check(gorgonia.Reshape(rnn.RNN{Units: 128}.Apply(b, x), []int{batch, steps * 128}))
		}),
		"residual stack": rnn.RNN{Units: 128, Layers: 2, Residual: true, Last: true},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []profile.Profile
			for seed := range uint64(seeds) {
				seen = append(seen, observeSeed(t, layer, seed, batch, steps))
			}
			for i, s := range seen[0].Sequences {
				if s.Theory == nil || s.Theory.None != "" {
					t.Fatalf("got theory %+v of sequence %d", s.Theory, i)
				}
				for k := 0; k < steps; k += 5 {
					sum, squares, expected := 0.0, 0.0, 0.0
					for _, p := range seen {
						one := p.Sequences[i]
						anchor := p.Sequences[one.Theory.Anchor]
						last := steps - 1
						if anchor.Reverse {
							last = 0
						}
						rms := p.Records[0].Details.Sequences
						v := math.Log10(float64(rms[i].DeltaRMS[k] / rms[one.Theory.Anchor].DeltaRMS[last]))
						sum, squares, expected = sum+v/seeds, squares+v*v/seeds, expected+float64(one.Theory.Delta[k])/seeds
					}
					spread := math.Sqrt(max(0, squares-sum*sum) / (seeds - 1))
					if tolerance := 3*spread + 0.05*math.Abs(expected) + 1e-9; math.Abs(sum-expected) > tolerance {
						t.Errorf("sequence %d, step %d: got 10^%.3f, want 10^%.3f ± %.3f", i, s.At[k], sum, expected, tolerance)
					}
				}
			}
			if radius := float64(seen[0].Sequences[0].Theory.Radius); name == "orthogonal" && math.Abs(radius-1) > 1e-9 {
				t.Errorf("got spectral radius %g of an orthogonal matrix, want 1", radius)
			}
		})
	}
}

// What theory does not cover has a reason.
func TestTheoryOverTimeRefuses(t *testing.T) {
	for _, c := range []struct {
		layer graph.Layer
		want  string
	}{
		{rnn.LSTM{Units: 8, Last: true}, "no gates such as those of"},
		{rnn.GRU{Units: 8, Last: true}, "no gates such as those of"},
		{rnn.RNN{Units: 8, Last: true, ReLU: true, StateInit: initializer.HeNormal{}}, "come to be alike"},
		{rnn.RNN{Units: 8, Last: true, StateInit: initializer.Constant{Value: 0.1}}, "weights with mean 0"},
	} {
		p := observeSeed(t, c.layer, 1, 4, 6)
		if s := p.Sequences[0]; s.Theory == nil || !strings.Contains(s.Theory.None, c.want) || s.Theory.Delta != nil {
			t.Errorf("%v: got %+v, want a reason with %q", c.layer, s.Theory, c.want)
		}
	}
}
