package profile

import "github.com/pkg/errors"

// A Sequence is a recurrent layer that one operation computes for all steps, so that it is one layer of the profile.
type Sequence struct {
	Layer   int   `json:"layer"`             // index in Profile.Layers
	Steps   int   `json:"steps"`             // of the longest sequence
	At      []int `json:"at"`                // the recorded steps, from 1, in order; not all of them if there are many
	Reverse bool  `json:"reverse,omitempty"` // whether it runs from the last step to the first

	Cell CellKind `json:"cell,omitempty"` // how a state follows from the one before; empty if unknown
}

// A CellKind names how the state of a recurrent layer follows from the one before.
type CellKind string

// The cells.
const (
	RNNTanh CellKind = "rnn_tanh"
	RNNReLU CellKind = "rnn_relu"
	LSTM    CellKind = "lstm"
	GRU     CellKind = "gru"
)

// A SequenceDetail is a sequence in one training step.
type SequenceDetail struct {
	// DeltaRMS is the root mean square of dL/dz at each step of Sequence.At, over batch and units, where z are the pre-activations of the
	// step, those of all gates together. See [LayerRecord].
	DeltaRMS []Number `json:"delta_rms"`
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
	}
	for k, r := range p.Records {
		if r.Details == nil || len(r.Details.Sequences) == 0 {
			continue
		}
		if n := len(r.Details.Sequences); n != len(p.Sequences) {
			return errors.Errorf("record %d: got %d sequences, want %d, as many as the profile lists", k, n, len(p.Sequences))
		}
		for i, d := range r.Details.Sequences {
			if got, want := len(d.DeltaRMS), len(p.Sequences[i].At); got != want {
				return errors.Errorf("record %d, sequence %d: got the gradients of %d steps, want %d", k, i, got, want)
			}
		}
	}
	return nil
}
