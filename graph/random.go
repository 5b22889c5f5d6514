package graph

import (
	"math/rand/v2"

	"github.com/pkg/errors"
)

// randomSource is an operation that draws random numbers, as those of dropout do.
type randomSource interface{ RandomSource() *rand.PCG }

// sources lists the sources of random numbers of a program, in the order of its nodes.
func (p *Program) sources() []*rand.PCG {
	var list []*rand.PCG
	for _, n := range p.Graph.AllNodes() {
		if o, draws := n.Op().(randomSource); draws && o.RandomSource() != nil {
			list = append(list, o.RandomSource())
		}
	}
	return list
}

// RandomState gives the states of all sources of random numbers in the program, such as those of dropout. It is nil if there are none.
// An operation from elsewhere takes part if it has a method RandomSource() *rand.PCG.
func (p *Program) RandomState() ([][]byte, error) {
	var states [][]byte
	for _, s := range p.sources() {
		state, err := s.MarshalBinary()
		if err != nil {
			return nil, errors.Wrap(err, "graph")
		}
		states = append(states, state)
	}
	return states, nil
}

// SetRandomState sets all sources to the states that RandomState has given for a program of the same model. The program then draws the
// same numbers, bit by bit.
func (p *Program) SetRandomState(states [][]byte) error {
	sources := p.sources()
	if len(states) != len(sources) {
		return errors.Errorf("graph: got the states of %d sources of random numbers, want those of %d (was the model another one?)", len(states), len(sources))
	}
	for i, s := range sources {
		if err := s.UnmarshalBinary(states[i]); err != nil {
			return errors.Wrapf(err, "graph: the state of source %d of random numbers", i)
		}
	}
	return nil
}
