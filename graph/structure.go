package graph

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/structure"
)

// Structure finds what the program is made of in its graph: layers with their depth, blocks, gates, attention, sequences, and
// the parameters that no part of it uses. Its String is a tree.
func (p *Program) Structure() (*structure.Network, error) {
	var trained []*gorgonia.Node
	for _, w := range p.Weights {
		if w.Trainable() {
			trained = append(trained, w.Node)
		}
	}
	c := structure.Config{Outputs: p.forward(), Parameters: trained}
	if p.input != nil { // of an adopted program any input may hold samples
		c.Inputs = []*gorgonia.Node{p.Input}
	}
	return structure.Find(p.Graph, c)
}
