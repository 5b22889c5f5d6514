package graph

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/enum"
)

// A Role is the purpose of a parameter in its layer.
type Role int

// The roles. Running statistics are moved by normalisation layers, everything else by the optimiser.
const (
	Weight Role = iota
	Bias
	Gain
	Shift
	RunningStat
)

// String is the role's name in summaries and reports.
func (r Role) String() string {
	return enum.Name("role", r, "weight", "bias", "gain", "shift", "running statistic")
}

// A Param is one named tensor of a model.
type Param struct {
	Name  string // the path of its layer and its name there, as "block3/dense1/weight"
	Role  Role
	Fan   initializer.Fan         // inputs and outputs of one unit
	Units structure.Units         // of a weight; [Build] and [Adopt] find them in the graph unless the declaration tells; see [Param.Layout]
	Init  initializer.Initializer // how the first value was drawn
	Value *tensor.Dense
	Rates Rates // factors of the learning rate, as of [MuP]

	Updates int // how often a trainer has moved it; 0: it holds its first value
}

// Trainable reports whether the optimiser moves the parameter.
func (p *Param) Trainable() bool { return p.Role != RunningStat }

// Size is the number of elements.
func (p *Param) Size() int { return p.Value.Shape().TotalSize() }

// Layout is Units if they are known. Otherwise a vector is one unit's, the units of a matrix are its columns, as in a weight (in, out), and
// those of a tensor of more axes lie along the first one, as in the weight of a convolution.
func (p *Param) Layout() structure.Units {
	shape, size := p.Value.Shape(), p.Size()
	switch {
	case p.Units.Count > 0:
		return p.Units
	case len(shape) < 2:
		return structure.Units{Blocks: 1, Count: 1, Run: size}
	case len(shape) == 2:
		return structure.Units{Blocks: 1, Count: shape[1], Run: 1}
	}
	return structure.Units{Blocks: 1, Count: shape[0], Run: size / shape[0]}
}

// Params owns the memory of a model's parameters. The training graph, the evaluation graph and the graph that predicts
// one sample are drawn over one Params, and so share their weights.
//
// A parameter's first value depends on the seed and its name only, not on the order in which layers are drawn: two
// models with a layer of the same name, shape and initialiser begin with the same numbers there.
//
// Its zero value cannot be used: make one with [NewParams].
type Params struct {
	dtype  tensor.Dtype
	seed   uint64
	list   []*Param
	byName map[string]*Param

	waiting *waiting // values for the first Build; nil if there are none
}

// NewParams makes an empty store. The dtype is tensor.Float32 or tensor.Float64; Build returns an error for any other.
func NewParams(dtype tensor.Dtype, seed uint64) *Params {
	return &Params{dtype: dtype, seed: seed, byName: make(map[string]*Param)}
}

// Dtype is the element type of every parameter.
func (ps *Params) Dtype() tensor.Dtype { return ps.dtype }

// Seed is the seed the first values are drawn from.
func (ps *Params) Seed() uint64 { return ps.seed }

// All lists the parameters in the order of their declaration.
func (ps *Params) All() []*Param { return ps.list }

// Get finds a parameter by its name; nil if there is none.
func (ps *Params) Get(name string) *Param { return ps.byName[name] }

// Clone copies the store: the parameters with their values, or the values that wait for the first [Build].
func (ps *Params) Clone() *Params {
	c := NewParams(ps.dtype, ps.seed)
	for _, p := range ps.list {
		c.add(*p, p.Value.Clone().(*tensor.Dense), p.Updates)
	}
	if ps.waiting != nil {
		waiting := *ps.waiting
		waiting.restart()
		c.waiting = &waiting
	}
	return c
}

// Size is the number of trainable elements.
func (ps *Params) Size() int {
	size := 0
	for _, p := range ps.list {
		if p.Trainable() {
			size += p.Size()
		}
	}
	return size
}

// Trained reports whether a trainer has moved any of the parameters.
func (ps *Params) Trained() bool {
	return slices.ContainsFunc(ps.list, func(p *Param) bool { return p.Updates > 0 })
}

// declare finds the parameter spec describes, or draws it. The shape of an existing one must agree.
func (ps *Params) declare(spec Param, shape tensor.Shape) (*Param, error) {
	if p := ps.byName[spec.Name]; p != nil {
		if !slices.Equal(p.Value.Shape(), shape) {
			return nil, errors.Errorf("parameter %s: got shape %v in the store, want %v for this model (draw it over a new Params)",
				spec.Name, p.Value.Shape(), shape)
		}
		return p, nil
	}
	if u := spec.Units; u != (structure.Units{}) && (min(u.Blocks, u.Count, u.Run) < 1 || shape.TotalSize()%(u.Blocks*u.Count*u.Run) != 0) {
		return nil, errors.Errorf("parameter %s: Units: got %+v, want positive numbers whose product divides the %d elements of %v (or leave it out)",
			spec.Name, u, shape.TotalSize(), shape)
	}
	switch v, err := ps.waitingValue(spec.Name, shape); {
	case err != nil:
		return nil, err
	case v != nil:
		return ps.add(spec, v, ps.waiting.updates), nil
	}
	if spec.Init == nil {
		return nil, errors.Errorf("parameter %s has no Init (give it an initialiser, such as initializer.Constant{})", spec.Name)
	}
	size, err := tensors.Size(shape)
	if err != nil {
		return nil, errors.Wrapf(err, "parameter %s", spec.Name)
	}
	values := make([]float64, size)
	if err := spec.Init.Fill(values, shape, spec.Fan, ps.source(spec.Name)); err != nil {
		return nil, errors.Wrapf(err, "parameter %s", spec.Name)
	}
	value, err := tensors.FromSlice(ps.dtype, values, shape...)
	if err != nil {
		return nil, errors.Wrapf(err, "parameter %s", spec.Name)
	}
	return ps.add(spec, value, 0), nil
}

// waitingValue is the value that waits for a parameter, if there is one.
func (ps *Params) waitingValue(name string, shape tensor.Shape) (*tensor.Dense, error) {
	if ps.waiting == nil {
		return nil, nil
	}
	return ps.waiting.take(name, shape, ps.dtype)
}

// add puts a parameter into the store.
func (ps *Params) add(spec Param, value *tensor.Dense, updates int) *Param {
	p := &spec
	p.Value, p.Updates = value, updates
	ps.list = append(ps.list, p)
	ps.byName[p.Name] = p
	return p
}

// settle ends the waiting of values after the first drawing. Those of a strict assignment must all have been taken.
func (ps *Params) settle() error {
	if ps.waiting == nil {
		return nil
	}
	if err := ps.waiting.complete(); err != nil {
		return err
	}
	ps.waiting = nil
	return nil
}

// truncate removes all but the first n parameters, after a failed drawing has added others.
func (ps *Params) truncate(n int) {
	for _, p := range ps.list[n:] {
		delete(ps.byName, p.Name)
	}
	ps.list = ps.list[:n]
	if ps.waiting != nil {
		ps.waiting.restart()
	}
}

// source is the stream of random numbers that belongs to a name.
func (ps *Params) source(name string) *rand.Rand {
	return rand.New(rand.NewPCG(ps.seed, hashName(name)))
}

func hashName(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}
