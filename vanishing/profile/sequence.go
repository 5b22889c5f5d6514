package profile

import (
	"math"

	"github.com/pkg/errors"
)

// A Sequence is a recurrent layer that one operation computes for all steps, so that it is one layer of the profile.
type Sequence struct {
	Layer   int      `json:"layer"`             // index in Profile.Layers
	Steps   int      `json:"steps"`             // of the longest sequence
	At      []int    `json:"at"`                // the recorded steps, from 1, in order; not all of them if there are many
	Reverse bool     `json:"reverse,omitempty"` // whether it runs from the last step to the first
	Cell    CellKind `json:"cell,omitempty"`    // how a state follows from the one before; empty if it is another one

	Theory *SequenceTheory `json:"theory,omitempty"` // the prediction at initialisation; nil if it was not asked for
}

// A SequenceTheory is the prediction of mean-field theory for a recurrent layer at its initialisation, see
// theory.PredictRecurrence.
type SequenceTheory struct {
	None string `json:"none,omitempty"` // why there is no prediction; the fields but Radius are then empty

	// Delta is the expected log10(RMS(delta at each step of Sequence.At)/RMS(delta at the last step of the sequence Anchor)).
	Delta []Number `json:"delta,omitempty"`
	// Anchor is the last layer of the stack, as an index in Profile.Sequences.
	Anchor int `json:"anchor,omitempty"`
	// Rate is the expected factor of RMS(delta) for each step back, sqrt(chi), once the states have settled.
	Rate Number `json:"rate,omitempty"`
	// Measured reports whether a variance is that of the values, because no initialiser declares it.
	Measured bool `json:"measured,omitempty"`

	// Radius is the spectral radius of the recurrent weight in the first record: the factor per step of the linear recurrence in the long run;
	// 0 if it is unknown.
	Radius Number `json:"radius,omitempty"`
}

// A CellKind names how the state of a recurrent layer follows from the one before.
type CellKind string

// The cells.
const (
	RNNTanh CellKind = "rnn_tanh"
	RNNReLU CellKind = "rnn_relu"
	LSTM    CellKind = "lstm"
	GRU     CellKind = "gru"
	LRU     CellKind = "lru" // linear recurrent units
)

// A SequenceDetail is a sequence in one training step.
type SequenceDetail struct {
	// DeltaRMS is the root mean square of dL/dz at each step of Sequence.At, over batch and units, where z are the pre-activations of the
	// step, those of all gates together. See [LayerRecord]. Steps of padded samples are counted back from the end of each
	// sample: the last is the root mean square, and others are that times the change from there over the samples that have the step; NaN if none has.
	DeltaRMS []Number `json:"delta_rms"`

	// CarryRMS and GatesRMS are, in a cell with a carry, the root mean squares of the two parts of the gradient that reach a step from the one
	// after it: through the carry, which multiplies by the forget gate f of LSTM and by the update gate z of GRU, and through the gates and
	// the recurrent weights. The gradient is that by the cell of LSTM, and by the state of GRU. Both are 0 at the last step.
	CarryRMS []Number `json:"carry_rms,omitempty"`
	GatesRMS []Number `json:"gates_rms,omitempty"`
	Carry    Number   `json:"carry,omitempty"` // median of f or z over batch, steps and units; 0 in a cell without a carry

	Linear *LinearDetail `json:"linear,omitempty"` // of a linear recurrent unit; nil in other cells
}

// A LinearDetail tells how the gradients by the parameters of a linear recurrent unit go with its memory, see
// theory.LinearState.Sensitivity.
type LinearDetail struct {
	// Memory is 1/(1-|λ|) of the largest factor λ: the number of steps over which its state adds up what it reads.
	Memory Number `json:"memory"`
	// Theta is the root mean square of the gradient by theta_log, the logarithms of the angles of the factors, over that by gamma_log, the
	// logarithms of the sizes of the states. Expected is the same of a unit with these parameters that reads white noise.
	Theta    Number `json:"theta"`
	Expected Number `json:"expected"`
}

// CarryShare is the share of the squared gradient from the step after a recorded one that came through the carry; NaN if it is unknown,
// or if none came.
func (d SequenceDetail) CarryShare(i int) float64 {
	if i >= len(d.CarryRMS) || i >= len(d.GatesRMS) {
		return math.NaN()
	}
	carry, gates := float64(d.CarryRMS[i]), float64(d.GatesRMS[i])
	if whole := math.Hypot(carry, gates); whole > 0 {
		return carry / whole * (carry / whole)
	}
	return math.NaN()
}

// Lag is how many steps back from the end a recorded step lies: 0 at the last step, or in reverse at the first.
func (s Sequence) Lag(i int) int {
	if s.Reverse {
		return s.At[i] - 1
	}
	return s.Steps - s.At[i]
}

// checkSequences checks that the steps are in order, and that each record has an entry for each.
func (p Profile) checkSequences() error {
	for i, s := range p.Sequences {
		if s.Layer < 0 || s.Layer >= len(p.Layers) {
			return errors.Errorf("sequence %d: got layer %d, want an index from 0 to %d", i, s.Layer, len(p.Layers)-1)
		}
		if err := checkCount(count{"steps", s.Steps}); err != nil {
			return errors.Wrapf(err, "sequence %d", i)
		}
		before := 0
		for _, at := range s.At {
			if at <= before || at > s.Steps {
				return errors.Errorf("sequence %d: got step %d after %d, want steps in order, from 1 to %d", i, at, before, s.Steps)
			}
			before = at
		}
		if t := s.Theory; t != nil && t.None == "" && (len(t.Delta) != len(s.At) || t.Anchor < 0 || t.Anchor >= len(p.Sequences)) {
			return errors.Errorf("sequence %d: got theory of %d steps with anchor %d, want %d steps and an index from 0 to %d", i, len(t.Delta), t.Anchor, len(s.At), len(p.Sequences)-1)
		}
	}
	for k, r := range p.Records {
		if r.Details == nil || len(r.Details.Sequences) == 0 {
			continue
		}
		if n := len(r.Details.Sequences); n != len(p.Sequences) {
			return errors.Errorf("record %d: got %d sequences, want %d, as many as the profile lists", k, n, len(p.Sequences))
		}
		for i, d := range r.Details.Sequences {
			want := len(p.Sequences[i].At)
			if got := len(d.DeltaRMS); got != want {
				return errors.Errorf("record %d, sequence %d: got the gradients of %d steps, want %d", k, i, got, want)
			}
			if a, b := len(d.CarryRMS), len(d.GatesRMS); a != b || a > 0 && a != want {
				return errors.Errorf("record %d, sequence %d: got the carry of %d steps and the gates of %d, want %d of both, or none", k, i, a, b, want)
			}
		}
	}
	return nil
}
