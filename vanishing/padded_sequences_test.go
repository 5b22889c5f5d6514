package vanishing_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	rnn "github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// observePadded observes a step of a recurrent layer over samples of some lengths, of which the first so many are taken.
func observePadded(t *testing.T, layer graph.Layer, steps int, lengths ...int) profile.Profile {
	t.Helper()
	x, err := tensors.Randn(tensor.Float64, rand.New(rand.NewPCG(1, 2)), 4, steps, 5)
	if err != nil {
		t.Fatal(err)
	}
	batch := len(lengths)
	if x, err = tensors.FromSlice(tensor.Float64, x.Float64s()[:batch*steps*5], batch, steps, 5); err != nil {
		t.Fatal(err)
	}
	values := map[string]*tensor.Dense{
		"input": x, "lengths": tensor.New(tensor.WithShape(batch), tensor.WithBacking(lengths)),
		"target": tensor.New(tensor.WithShape(batch), tensor.WithBacking([]int{0, 1, 2, 0}[:batch])),
	}
	p, err := graph.Build(graph.Config{
		Model: graph.Sequential{layer, graph.Dense{Units: 3}}, Params: graph.NewParams(tensor.Float64, 1), Losses: []graph.Objective{{Loss: graph.CrossEntropy{Sum: true}}},
		Inputs: []graph.Input{{Name: "input", Shape: x.Shape(), Dtype: tensor.Float64}, {Name: "lengths", Shape: tensor.Shape{batch}, Dtype: tensor.Int}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	seen, err := vanishing.ObserveNamed("padded", p, values)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// relative is the size at a recorded step over that at the last one.
func relative(s profile.Sequence, sizes []profile.Number, k int) float64 {
	if s.Reverse {
		return float64(sizes[k] / sizes[0])
	}
	return float64(sizes[k] / sizes[len(sizes)-1])
}

// The gradient at a step is that of the samples that reach the step. Where none does, its size is unknown, and its gradient is not lost.
func TestPaddedSequences(t *testing.T) {
	for name, layer := range map[string]graph.Layer{
		"lstm": rnn.LSTM{Units: 6, Last: true, Lengths: "lengths"},
		"gru":  rnn.GRU{Units: 6, Last: true, Lengths: "lengths"},
		"both": rnn.LSTM{Units: 6, Layers: 2, Bidirectional: true, Last: true, Lengths: "lengths"},
	} {
		all, longest := observePadded(t, layer, 9, 7, 3, 2, 1), observePadded(t, layer, 9, 7)
		for i, s := range all.Sequences {
			sizes, alone := all.Records[0].Details.Sequences[i].DeltaRMS, longest.Records[0].Details.Sequences[i].DeltaRMS
			for k := range s.At {
				got, want := relative(s, sizes, k), relative(s, alone, k)
				if lag := s.Lag(k); math.IsNaN(got) != (lag >= 7) {
					t.Errorf("%s, sequence %d, %d steps from the end: got %g, want a number up to 6 steps, which one sample has, and then NaN", name, i, lag, got)
				} else if lag >= 3 && lag < 7 && math.Abs(got-want) > 1e-12*want {
					t.Errorf("%s, sequence %d, %d steps from the end: got a change by %g, want the %g of the sample that has them", name, i, lag, got, want)
				}
			}
		}
		d := vanishing.Diagnose(all)
		for i, s := range d.Sequences {
			if s.Trend == nil || s.Trend.Lost > 0 || len(s.DeltaRMS) != 9 {
				t.Errorf("%s, sequence %d: got the trend %+v over %d steps, want none lost of 9", name, i, s.Trend, len(s.DeltaRMS))
			}
		}
		if err := all.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
