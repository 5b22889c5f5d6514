package checkpoint

import (
	"encoding/json"
	"reflect"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/jsonfloat"
)

// A Stateful keeps something between steps, such as a callback with a counter. A run is resumed with its state.
type Stateful interface {
	// State gives what is kept, between two steps. Later steps must not change it, because it is written in the background: its
	// tensors are copies.
	State() (State, error)
	// SetState replaces what is kept by a state from a file. A trainer calls it after all callbacks have begun and all programs are
	// built, before the first step.
	SetState(State) error
}

// A State is what a [Stateful] keeps.
type State struct {
	// Values are for package encoding/json; see [State.Decode]. In a state from a file they are a json.RawMessage.
	Values any
	// Tensors are by name. They have at least one element.
	Tensors map[string]*tensor.Dense
}

// Decode copies Values to a variable by its pointer, as encoding/json does.
func (s State) Decode(to any) error {
	raw, written := s.Values.(json.RawMessage)
	if !written {
		var err error
		if raw, err = json.Marshal(s.Values); err != nil {
			return errors.Wrap(err, "checkpoint: the values of a state")
		}
	}
	return errors.Wrap(json.Unmarshal(raw, to), "checkpoint: the values of a state")
}

// A Number is a float64 for the Values of a [State]. JSON has no NaN and no infinities: a Number writes them as the strings "NaN",
// "+Inf" and "-Inf", and reads them back.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) { return jsonfloat.Append(nil, float64(n), -1), nil }

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(text []byte) error {
	return jsonfloat.Parse(text, (*float64)(n), reflect.TypeFor[Number]())
}
