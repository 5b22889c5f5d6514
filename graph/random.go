package graph

import "math/rand/v2"

// randomSource is an operation that draws random numbers, as those of dropout do.
type randomSource interface{ RandomSource() *rand.PCG }

// RandomSources lists the sources of random numbers in the program, such as those of dropout, in an order that depends on the model
// alone. Their states decide what is drawn from then on. An operation from elsewhere takes part if it has a method
// RandomSource() *rand.PCG.
func (p *Program) RandomSources() []*rand.PCG {
	var list []*rand.PCG
	for _, n := range p.Graph.AllNodes() {
		if o, draws := n.Op().(randomSource); draws && o.RandomSource() != nil {
			list = append(list, o.RandomSource())
		}
	}
	return list
}
