package vanishing

import (
	"maps"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// PathSpectrum splits the gradient of the first residual block's input by the number of branches it passed (Veit et al. 2016).
// Let D[m] be the part of the gradient at a block's sum that passed m branches, and Sᵀ and Fᵀ the linear maps by which the skip
// and the branch pass a gradient back. The parts at the block's input are then
//
//	D'[m] = Sᵀ·D[m] + Fᵀ·D[m-1]
//
// The split is exact, without sampling: the parts at the first block's input sum to its gradient. For n blocks it takes about
// n²/2 passes through a branch.
//
// A separate machine runs the program on the batch, without dropout. The program, its parameters and its statistics do not change.
// Blocks must follow one another and must not be nested.
func PathSpectrum(p *graph.Program, input, target *tensor.Dense) (profile.Paths, error) {
	if err := check(p); err != nil {
		return profile.Paths{}, err
	}
	fed := map[*gorgonia.Node]*tensor.Dense{p.Input: input}
	if len(p.Targets) > 0 {
		fed[p.Targets[0].Node] = target
	}
	return pathSpectrum(p, fed)
}

// PathSpectrumNamed is [PathSpectrum] for a program with several inputs or targets, whose values are given by name. In an
// adopted program, an omitted value defaults to the one bound to the node.
func PathSpectrumNamed(p *graph.Program, values map[string]*tensor.Dense) (profile.Paths, error) {
	if err := check(p); err != nil {
		return profile.Paths{}, err
	}
	fed := make(map[*gorgonia.Node]*tensor.Dense)
	for _, n := range slices.Concat(p.Inputs, p.Targets) {
		if v := values[n.Name]; v != nil {
			fed[n.Node] = v
		}
	}
	return pathSpectrum(p, fed)
}

func pathSpectrum(p *graph.Program, fed map[*gorgonia.Node]*tensor.Dense) (_ profile.Paths, err error) {
	for _, n := range slices.Concat(p.Inputs, p.Targets) {
		if p.Reads(n.Name) && fed[n.Node] == nil { // an adopted program reads the values bound to its nodes
			return profile.Paths{}, errors.Errorf("vanishing: incomplete batch for the path-length spectrum: got no value of %q, want one of each input and target", n.Name)
		}
	}
	if len(p.Blocks) == 0 {
		return profile.Paths{}, errors.New("vanishing: no path-length spectrum: got a network without residual blocks, want at least one")
	}
	maps.Copy(fed, undropped(p.Graph))
	s := &spectrum{program: p, values: make(map[*gorgonia.Node]*gorgonia.Value)}
	defer func() { // the other machines have replaced the values of the nodes
		if rebindErr := p.Machine().Rebind(); err == nil {
			err = rebindErr
		}
	}()
	if err := s.forward(fed); err != nil {
		return profile.Paths{}, err
	}
	parts, err := s.backward()
	if err != nil {
		return profile.Paths{}, err
	}
	return s.measure(parts)
}

// A spectrum is the state of a split.
type spectrum struct {
	program *graph.Program
	values  map[*gorgonia.Node]*gorgonia.Value // all values of the forward pass
	top     *tensor.Dense                      // gradient of the last block's sum
	whole   *tensor.Dense                      // gradient of the first block's input
}

// forward runs the program and keeps its values.
func (s *spectrum) forward(fed map[*gorgonia.Node]*tensor.Dense) error {
	blocks := s.program.Blocks
	last, first := blocks[len(blocks)-1].Sum.Deriv(), blocks[0].Input.Deriv()
	if first == nil || last == nil {
		return errors.Errorf("vanishing: block %s has no gradient to split: the block reads the network's input", blocks[0].Path)
	}
	m := machine.New(s.program.Graph, s.program.Loss, first, last)
	m.KeepAll()
	seen := make(map[*gorgonia.Node]bool)
	for n, v := range fed {
		value := gorgonia.Value(v)
		m.Feed(n, &value)
		s.values[n], seen[n] = &value, true
	}
	if err := m.RunAll(); err != nil {
		return err
	}
	s.top, s.whole = copied(last.Value()), copied(first.Value())
	s.collect(s.program.Loss, seen)
	return nil
}

// collect copies the values of a node and of all nodes it was computed from, except inputs and parameters.
func (s *spectrum) collect(n *gorgonia.Node, seen map[*gorgonia.Node]bool) {
	for todo := (gorgonia.Nodes{n}); len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		inputs := op.Operands(n)
		if v := n.Value(); len(inputs) > 0 && v != nil {
			if d, isDense := v.(*tensor.Dense); isDense {
				v = d.Clone().(*tensor.Dense)
			}
			s.values[n] = &v
		}
		todo = append(todo, inputs...)
	}
}

// backward splits the gradient, block by block.
func (s *spectrum) backward() ([]*tensor.Dense, error) {
	blocks := s.program.Blocks
	parts := []*tensor.Dense{s.top}
	for i := len(blocks) - 1; i >= 0; i-- {
		b := blocks[i]
		var err error
		if parts, err = s.through(b, parts); err != nil {
			return nil, errors.Wrapf(err, "vanishing: the paths through block %s", b.Path)
		}
		if i == 0 || blocks[i-1].Sum.Deriv() == b.Input.Deriv() {
			continue
		}
		pass, err := s.pass(b.Input.Deriv(), blocks[i-1].Sum.Deriv())
		if err != nil {
			return nil, err
		}
		for m, part := range parts {
			v, err := pass(part)
			if err != nil {
				return nil, errors.Wrapf(err, "vanishing: the gradient between blocks %s and %s", blocks[i-1].Path, b.Path)
			}
			parts[m] = v.Clone().(*tensor.Dense)
		}
	}
	return parts, nil
}

// through passes the parts from a block's sum to its input.
func (s *spectrum) through(b *graph.BlockTrace, parts []*tensor.Dense) ([]*tensor.Dense, error) {
	skipTerm, branchTerm := blockTerms(b)
	if branchTerm == nil {
		return nil, errors.New("skip and branch cannot be told apart in the gradient of the block's input")
	}
	skip, err := s.pass(b.Sum.Deriv(), skipTerm)
	if err != nil {
		return nil, err
	}
	branch, err := s.pass(b.Sum.Deriv(), branchTerm)
	if err != nil {
		return nil, err
	}
	next := make([]*tensor.Dense, len(parts)+1)
	for m, part := range parts {
		for step, pass := range []gradientMap{skip, branch} {
			v, err := pass(part)
			if err != nil {
				return nil, err
			}
			if next[m+step], err = plus(next[m+step], v); err != nil {
				return nil, err
			}
		}
	}
	return next, nil
}

// A gradientMap is a linear map of gradients. The next call overwrites its result.
type gradientMap func(*tensor.Dense) (*tensor.Dense, error)

// pass returns the map from one node of the backward pass to another.
func (s *spectrum) pass(from, to *gorgonia.Node) (gradientMap, error) {
	if from == to {
		return func(v *tensor.Dense) (*tensor.Dense, error) { return v, nil }, nil
	}
	var v gorgonia.Value
	m := machine.New(s.program.Graph, to)
	for n, value := range s.values {
		m.Feed(n, value)
	}
	m.Feed(from, &v)
	return func(x *tensor.Dense) (*tensor.Dense, error) {
		v = x
		if err := m.RunAll(); err != nil {
			return nil, err
		}
		out, isDense := to.Value().(*tensor.Dense)
		if !isDense {
			return nil, errors.Errorf("unexpected gradient: got %T, want a tensor", to.Value())
		}
		return out, nil
	}, nil
}

// plus adds x to sum in place; a nil sum counts as 0.
func plus(sum, x *tensor.Dense) (*tensor.Dense, error) {
	if sum == nil {
		return x.Clone().(*tensor.Dense), nil
	}
	out, err := sum.Add(x, tensor.UseUnsafe())
	return out, errors.Wrap(err, "sum of parts")
}

// measure computes the shares of the parts, and the error of their sum.
func (s *spectrum) measure(parts []*tensor.Dense) (profile.Paths, error) {
	norms := make([]float64, len(parts))
	var sum *tensor.Dense
	var err error
	for m, part := range parts {
		norms[m] = float64(valueL2(part))
		if sum, err = plus(sum, part); err != nil {
			return profile.Paths{}, err
		}
	}
	missing, err := sum.Sub(s.whole)
	if err != nil {
		return profile.Paths{}, errors.Wrap(err, "vanishing: sum of the paths")
	}
	p := profile.Paths{Shares: shareOf(norms), Error: valueL2(missing) / valueL2(s.whole)}
	for m, share := range p.Shares {
		p.Mean += number(m) * share
	}
	return p, nil
}

// shareOf divides the squares by their sum, without overflow.
func shareOf(norms []float64) []number {
	total := 0.0
	for _, n := range norms {
		total = math.Hypot(total, n)
	}
	shares := make([]number, len(norms))
	for i, n := range norms {
		shares[i] = number((n / total) * (n / total))
	}
	return shares
}

func copied(v gorgonia.Value) *tensor.Dense { return v.(*tensor.Dense).Clone().(*tensor.Dense) }
