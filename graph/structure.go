package graph

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/structure"
)

// Structure is what the program is made of, as found in its graph: layers with their depth, blocks, gates, attention,
// sequences, and the parameters that no part of it uses. Its String is a tree.
func (p *Program) Structure() *structure.Network { return p.network }

// findStructure fills network.
func (p *Program) findStructure() (err error) {
	var trained []*gorgonia.Node
	for _, w := range p.Weights {
		if w.Trainable() {
			trained = append(trained, w.Node)
		}
	}
	p.network, err = structure.Find(p.Graph, structure.Config{
		Outputs: append(p.forward(), p.Output), Parameters: trained, Inputs: []*gorgonia.Node{p.Input},
	})
	return err
}
