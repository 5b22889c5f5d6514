package vanishing_test

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	rnn "github.com/gradflow/gradflow/graph/recurrent"
)

// Without recurrent weights all of an LSTM's gradient passes through the carry, and shrinks by f per step; the median of f is that of the
// forget bias. With gates that are shut, all passes through the recurrent weights. So it is in a GRU.
func TestShareOfTheCarry(t *testing.T) {
	const steps = 12
	zero := initializer.Constant{}
	for _, c := range []struct {
		name        string
		layer       graph.Layer
		share, gate float64
	}{
		{"LSTM of gates alone", rnn.LSTM{Units: 6, Last: true, ForgetBias: -40}, 0, 0},
		{"LSTM without recurrent weights", rnn.LSTM{Units: 6, Last: true, Init: zero, StateInit: zero, ForgetBias: 2}, 1, 1 / (1 + math.Exp(-2))},
		{"GRU without weights", rnn.GRU{Units: 6, Last: true, Init: zero, StateInit: zero, NoBias: true}, 1, 0.5},
	} {
		d := observeSequence(t, c.layer, steps).Records[0].Details.Sequences[0]
		for k := range steps - 1 {
			if got := d.CarryShare(k); !(math.Abs(got-c.share) < 1e-9) {
				t.Errorf("%s: at step %d the carry has a share of %g, want %g", c.name, k+1, got, c.share)
			}
		}
		if got := d.CarryShare(steps - 1); !math.IsNaN(got) {
			t.Errorf("%s: at the last step the carry has a share of %g, want NaN", c.name, got)
		}
		if got := float64(d.Carry); math.Abs(got-c.gate) > 1e-9 {
			t.Errorf("%s: the median of the gate is %g, want %g", c.name, got, c.gate)
		}
	}
	if d := observeSequence(t, rnn.RNN{Units: 6, Last: true}, steps).Records[0].Details.Sequences[0]; d.CarryRMS != nil || !math.IsNaN(d.CarryShare(0)) {
		t.Errorf("plain cell: got the carry %v, want none", d.CarryRMS)
	}
}

// The gradient by the states of a linear recurrent unit shrinks by |λ| at each step back, exactly.
func TestLinearRecurrenceIsRecordedByStep(t *testing.T) {
	p := observeSequence(t, rnn.LRU{States: 6, RMin: 0.8, RMax: 0.8 + 1e-12, Last: true}, 15)
	if len(p.Sequences) != 1 || p.Sequences[0].Cell != "lru" || p.Sequences[0].Theory != nil {
		t.Fatalf("got sequences %+v, want one of an lru without a theory", p.Sequences)
	}
	rms := p.Records[0].Details.Sequences[0].DeltaRMS
	for k := range 14 {
		if got := float64(rms[k] / rms[k+1]); math.Abs(got-0.8) > 1e-9 {
			t.Errorf("step %d: the gradient is %g of that at the next step, want 0.8", k+1, got)
		}
	}
}
