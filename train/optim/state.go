package optim

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A Stateful optimiser exports and imports its state, so that a run can be resumed with the same numbers, bit by bit. All
// optimisers of this package are stateful.
type Stateful interface {
	Optimizer
	// State gives copies of what is kept between steps, by "parameter/name": tensors of the parameter's shape and type under
	// PyTorch's names, such as "dense1/weight/exp_avg", and the number of steps taken, "dense1/weight/step" of shape (1) of int64.
	// It is empty before the first step.
	State() map[string]*tensor.Dense
	// SetState replaces the state by copies of the given tensors. The first step after it returns an error, and moves nothing,
	// unless the state is that of an optimiser of this kind for these parameters. An empty state is that of a new optimiser.
	SetState(map[string]*tensor.Dense) error
}

// stepName is the name of the number of steps in a state.
const stepName = "step"

// State implements Stateful.
func (c *core) State() map[string]*tensor.Dense {
	state := make(map[string]*tensor.Dense)
	for param, s := range c.memory {
		state[param+"/"+stepName] = tensor.New(tensor.WithShape(1), tensor.WithBacking([]int64{int64(s.steps)}))
		for i, name := range s.names {
			state[param+"/"+name] = s.values[i].Clone().(*tensor.Dense)
		}
	}
	return state
}

// SetState implements Stateful.
func (c *core) SetState(state map[string]*tensor.Dense) error {
	m := make(memory)
	for _, key := range slices.Sorted(maps.Keys(state)) {
		at := strings.LastIndexByte(key, '/')
		if at < 0 {
			return errors.Errorf("optim: SetState: got the key %q, want parameter/name, such as dense1/weight/%s", key, stepName)
		}
		param, name, value := key[:at], key[at+1:], state[key]
		if value == nil {
			return errors.Errorf("optim: SetState: the tensor %s is nil", key)
		}
		if m[param] == nil {
			m[param] = new(slot)
		}
		if err := m[param].set(name, value); err != nil {
			return errors.Wrapf(err, "optim: SetState: %s", key)
		}
	}
	for _, param := range slices.Sorted(maps.Keys(m)) {
		if state[param+"/"+stepName] == nil {
			return errors.Errorf("optim: SetState: parameter %s has no number of steps: want the key %s/%s", param, param, stepName)
		}
	}
	c.memory, c.loaded = m, len(m) > 0
	return nil
}

// set takes one tensor of a state.
func (s *slot) set(name string, value *tensor.Dense) error {
	if name != stepName {
		s.names, s.values = append(s.names, name), append(s.values, value.Clone().(*tensor.Dense))
		return nil
	}
	steps := -1
	switch v := value.Data().(type) {
	case []int64:
		steps = int(v[0])
	case []int: // as files of tensors are read
		steps = v[0]
	}
	if steps < 0 || value.Shape().TotalSize() != 1 {
		return errors.Errorf("got shape %v of %v, want one int64 of at least 0", value.Shape(), value.Dtype())
	}
	s.steps = steps
	return nil
}

// meet compares a state from SetState with the parameters, at the first step after it.
func (c *core) meet(r rule, params []*graph.Param) error {
	if !c.loaded {
		return nil
	}
	known := make(map[string]bool)
	for _, p := range params {
		if !p.Trainable() {
			continue
		}
		known[p.Name] = true
		if c.memory[p.Name] == nil {
			return errors.Errorf("optim: the state from SetState has nothing of parameter %s", p.Name)
		}
		if err := c.memory[p.Name].meet(p, r.remembers(p)); err != nil {
			return errors.Wrapf(err, "optim: the state from SetState of parameter %s", p.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.memory)) {
		if !known[name] {
			return errors.Errorf("optim: the state from SetState has a parameter %s, which the network lacks", name)
		}
	}
	c.loaded = false
	return nil
}

// meet compares the tensors of one parameter, and puts them in the order of the names.
func (s *slot) meet(p *graph.Param, names []string) error {
	got, want := slices.Sorted(slices.Values(s.names)), slices.Sorted(slices.Values(names))
	if !slices.Equal(got, want) {
		return errors.Errorf("got tensors %q, want %q (is it the state of another kind of optimiser?)", got, want)
	}
	for i, v := range s.values {
		if v.Dtype() != p.Value.Dtype() || !v.Shape().Eq(p.Value.Shape()) {
			return errors.Errorf("%s: got shape %v of %v, want %v of %v, as the parameter", s.names[i], v.Shape(), v.Dtype(), p.Value.Shape(), p.Value.Dtype())
		}
	}
	s.keep(names) // all are there, so that it only orders them
	return nil
}
