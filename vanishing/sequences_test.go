package vanishing_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	rnn "github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// observeSequence observes a step of a recurrent layer whose last state is classified.
func observeSequence(t *testing.T, layer graph.Layer, steps int) profile.Profile {
	t.Helper()
	const batch, features = 8, 5
	random := rand.New(rand.NewPCG(1, 2))
	x, err := tensors.Randn(tensor.Float64, random, batch, steps, features)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Labels([]int{0, 1, 2, 3, 0, 1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	model := graph.Sequential{layer, graph.Dense{Units: 4}}
	p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: x.Shape(), Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	seen, err := vanishing.Observe("sequence", p, x, y)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// The gradient of a fused recurrence at each step is that of the step's own layer in the unrolled form, but for rounding.
func TestSequencesAreRecordedByStep(t *testing.T) {
	const steps = 9
	fused := observeSequence(t, rnn.RNN{Units: 6, Last: true}, steps)
	if len(fused.Sequences) != 1 || len(fused.Sequences[0].At) != steps || fused.Sequences[0].Steps != steps {
		t.Fatalf("got sequences %+v, want one of %d steps", fused.Sequences, steps)
	}
	sizes := fused.Records[0].Details.Sequences[0].DeltaRMS
	unrolled := observeSequence(t, rnn.RNN{Units: 6, Last: true, Unrolled: true}, steps)
	checked := 0
	for i, l := range unrolled.Layers {
		if !l.Recurrent {
			continue
		}
		checked++
		if got, want := float64(sizes[l.Step-1]), float64(unrolled.Records[0].Layers[i].DeltaRMS); math.Abs(got-want) > 1e-12*want {
			t.Errorf("step %d: got %g, want %g", l.Step, got, want)
		}
	}
	if checked != steps {
		t.Errorf("got %d steps of the unrolled form, want %d", checked, steps)
	}
	square := 0.0
	for _, v := range sizes {
		square += float64(v) * float64(v) / steps
	}
	if got, want := math.Sqrt(square), float64(fused.Records[0].Layers[fused.Sequences[0].Layer].DeltaRMS); math.Abs(got-want) > 1e-12*want {
		t.Errorf("the mean square over the steps is %g, that of the layer %g", got, want)
	}
}

// A plain recurrent network of 100 steps loses its gradient on the way back, and the report says how far it reaches; an LSTM whose forget
// gates begin open keeps it.
func TestVerdictOverTheStepsOfASequence(t *testing.T) {
	d := vanishing.Diagnose(observeSequence(t, rnn.RNN{Units: 32, Last: true}, 100))
	if d.Verdict != vanishing.Vanishing || d.Time == nil || d.Time.HorizonE < 1 || d.Time.Horizon1000 <= d.Time.HorizonE {
		t.Fatalf("plain: got %v, over time %+v, want vanishing with a horizon", d.Verdict, d.Time)
	}
	if !strings.Contains(d.Sentence, "shrinks by a factor of") || !strings.Contains(d.Evidence, "fallen to 1/e") {
		t.Errorf("plain: got %q and %q", d.Sentence, d.Evidence)
	}
	open := vanishing.Diagnose(observeSequence(t, rnn.LSTM{Units: 32, Last: true, ForgetBias: 4}, 100))
	if open.Verdict == vanishing.Vanishing || open.Time == nil || math.Abs(open.Time.Change) > math.Abs(d.Time.Change)/2 {
		t.Errorf("LSTM: got %v, over time %+v, want a gradient that reaches farther than that of %+v", open.Verdict, open.Time, d.Time)
	}
	shut := vanishing.Diagnose(observeSequence(t, rnn.LSTM{Units: 32, Last: true}, 100))
	if shut.Verdict != vanishing.Vanishing || !strings.Contains(shut.Findings[0].Remedy, "log(steps), here 4.6") {
		t.Errorf("LSTM of default bias: got %v and the findings %+v, want vanishing and the advice of a bias", shut.Verdict, shut.Findings)
	}
	advised := vanishing.Diagnose(observeSequence(t, rnn.LSTM{Units: 32, Last: true, ForgetBias: math.Log(100)}, 100))
	if advised.Verdict != vanishing.Healthy {
		t.Errorf("LSTM as advised: got %v, want healthy", advised.Verdict)
	}
}

// A linear recurrence whose factors have one size loses just that factor in each step.
func TestLinearRecurrenceOverTime(t *testing.T) {
	const size = 0.8
	d := vanishing.Diagnose(observeSequence(t, rnn.LRU{Units: 6, RMin: size, RMax: size + 1e-9, NoSkip: true, Last: true}, 40))
	if d.Time == nil || d.Time.Steps != 40 {
		t.Fatalf("got %+v over time, want a trend of 40 steps", d.Time)
	}
	if got, want := d.Time.Slope, -math.Log10(size); math.Abs(got-want) > 1e-8 { // the sizes differ by 1e-9 of themselves
		t.Errorf("got %g decades per step, want %g", got, want)
	}
}

// In both directions the trend follows each from the end to which the loss is near.
func TestSequencesInReverse(t *testing.T) {
	seen := observeSequence(t, rnn.RNN{Units: 8, Last: true, Bidirectional: true}, 40)
	if len(seen.Sequences) != 2 || seen.Sequences[0].Reverse || !seen.Sequences[1].Reverse {
		t.Fatalf("got sequences %+v, want one in each direction", seen.Sequences)
	}
	back := seen.Records[0].Details.Sequences[1].DeltaRMS
	if back[0] <= back[39] {
		t.Errorf("in reverse the gradient goes from %g at the first step to %g at the last, want it to shrink", back[0], back[39])
	}
	if d := vanishing.Diagnose(seen); d.Time == nil || !(d.Time.Slope > 0) {
		t.Errorf("got %+v over time, want a gradient that shrinks on its way back", d.Time)
	}
}

// Of a long sequence evenly spaced steps are recorded, with the first and the last.
func TestLongSequences(t *testing.T) {
	seen := observeSequence(t, rnn.GRU{Units: 4, Last: true}, 300)
	at := seen.Sequences[0].At
	if len(at) != 128 || at[0] != 1 || at[127] != 300 {
		t.Errorf("got %d steps from %d to %d, want 128 from 1 to 300", len(at), at[0], at[len(at)-1])
	}
	if err := seen.Validate(); err != nil {
		t.Error(err)
	}
	seen.Sequences[0].At[5] = 2
	if seen.Validate() == nil {
		t.Error("steps out of order: got no error")
	}
}
