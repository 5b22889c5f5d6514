package weights

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/graph"
)

// A Naming relates the parameters of a model to the tensors of its twin in another library.
type Naming struct {
	// Name is the other library's name of a parameter; nil means the same name.
	Name func(parameter string) string
	// Transposed tells by the other library's name which matrices it keeps transposed; nil means none. PyTorch's Linear has weights
	// (out, in), Dense has (in, out).
	Transposed func(name string) bool

	// prepare gives the tensors of a file the names that Name gives, and leaves out what is no parameter; nil changes nothing.
	prepare func([]safetensors.Named) ([]safetensors.Named, error)
}

// Load gives the parameters the values of the other library, before or after the first Build. Every parameter must have its tensor, and
// every tensor of floats its parameter; others, such as PyTorch's counters of batches, are left out. If it returns an error nothing has
// changed.
func (n Naming) Load(ps *graph.Params, tensors []safetensors.Named) error {
	if n.prepare != nil {
		prepared, err := n.prepare(tensors)
		if err != nil {
			return err
		}
		tensors = prepared
	}
	values := make(map[string]*tensor.Dense, len(tensors))
	for _, t := range tensors {
		if t.Value == nil || t.Value.Dtype() != tensor.Float32 && t.Value.Dtype() != tensor.Float64 {
			continue
		}
		v, err := n.turn(t)
		if err != nil {
			return err
		}
		values[t.Name] = v
	}
	return errors.Wrap(ps.Assign(values, graph.Assignment{Name: n.Name}), "weights")
}

// Tensors are the values of the parameters with the other library's names and shapes. They share memory with the parameters unless they are
// transposed.
func (n Naming) Tensors(ps *graph.Params) []safetensors.Named {
	var list []safetensors.Named
	for _, p := range ps.All() {
		t := safetensors.Named{Name: p.Name, Value: p.Value}
		if n.Name != nil {
			t.Name = n.Name(p.Name)
		}
		if v, err := n.turn(t); err == nil { // a parameter that Transposed names is a matrix, or stays as it is
			t.Value = v
		}
		list = append(list, t)
	}
	return list
}

// turn transposes a tensor if the other library has it so.
func (n Naming) turn(t safetensors.Named) (*tensor.Dense, error) {
	if n.Transposed == nil || !n.Transposed(t.Name) {
		return t.Value, nil
	}
	if t.Value.Dims() != 2 {
		return nil, errors.Errorf("weights: tensor %q: got shape %v, want a matrix, which is transposed", t.Name, t.Value.Shape())
	}
	turned, err := tensor.Transpose(t.Value)
	if err != nil {
		return nil, errors.Wrapf(err, "weights: tensor %q", t.Name)
	}
	return turned.(*tensor.Dense), nil
}
