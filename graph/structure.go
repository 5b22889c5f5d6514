package graph

import (
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// Structure is the structure found in the program's graph: layers with their depth, blocks, gates, attention, sequences, and
// the parameters that no part of it uses. Its String is a tree.
func (p *Program) Structure() *structure.Network { return p.network }

// findStructure fills network.
func (p *Program) findStructure() (err error) {
	var trained []*gorgonia.Node
	for _, w := range p.Weights {
		if w.Trainable() {
			trained = append(trained, w.Node)
		}
	}
	ends := p.ends()
	samples := []*gorgonia.Node{p.Input}
	if len(p.Inputs) > 1 {
		read := op.Reachable(ends...)
		for _, in := range p.Inputs[1:] {
			if read[in.Node] { // an input that only a loss reads, such as a target, holds no samples
				samples = append(samples, in.Node)
			}
		}
	}
	outputs := ends
	if p.Loss != nil {
		outputs = append([]*gorgonia.Node{p.Loss}, ends...)
	}
	p.network, err = structure.Find(p.Graph, structure.Config{Outputs: outputs, Parameters: trained, Inputs: samples})
	return err
}

// ends lists the outputs at which layers end: the model's own, those that a loss reads, and those from which no other output
// is computed. Any other output is a value inside the network.
func (p *Program) ends() []*gorgonia.Node {
	ends := []*gorgonia.Node{p.Output}
	for _, part := range p.Parts {
		ends = append(ends, part.Output)
	}
	for _, o := range p.Outputs[1:] {
		inside := slices.ContainsFunc(p.Outputs, func(other NamedNode) bool {
			return other.Node != o.Node && op.Reachable(other.Node)[o.Node]
		})
		if !inside {
			ends = append(ends, o.Node)
		}
	}
	return ends
}
