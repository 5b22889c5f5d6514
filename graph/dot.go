package graph

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// DOT writes the forward graph, from the inputs to the loss, in Graphviz' language, with a box around the nodes of each layer.
// Render it with: dot -Tsvg
func (p *Program) DOT() string { return p.dot(p.forward()) }

// DOTWithGradient is DOT with the backward pass that Gorgonia derived, in separate boxes.
func (p *Program) DOTWithGradient() string {
	nodes := p.forward()
	for _, w := range p.Weights {
		if w.Grad != nil {
			nodes = append(nodes, w.Grad)
		}
	}
	return p.dot(nodes)
}

func (p *Program) forward() []*gorgonia.Node {
	if p.Loss != nil {
		return []*gorgonia.Node{p.Loss}
	}
	var nodes []*gorgonia.Node
	for _, o := range p.Outputs {
		nodes = append(nodes, o.Node)
	}
	return nodes
}

// dot draws everything the given nodes are computed from. Nodes are numbered in the order they were made, so that the
// same model gives the same text.
func (p *Program) dot(from []*gorgonia.Node) string {
	shown := op.Reachable(from...)
	ids := make(map[*gorgonia.Node]int)
	layers := make(map[string][]*gorgonia.Node)
	var paths []string
	for i, n := range p.Graph.AllNodes() {
		if !shown[n] {
			continue
		}
		ids[n] = i
		path := p.box(n)
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
		layers[path] = append(layers[path], n)
	}
	var dot strings.Builder
	dot.WriteString("digraph model {\n  rankdir=BT\n  node [shape=box, fontname=\"monospace\"]\n")
	for i, path := range paths {
		writeLayer(&dot, i, path, layers[path], ids)
	}
	for _, path := range paths {
		for _, n := range layers[path] {
			for _, child := range op.Operands(n) {
				fmt.Fprintf(&dot, "  n%d -> n%d\n", ids[child], ids[n])
			}
		}
	}
	dot.WriteString("}\n")
	return dot.String()
}

// box names the box a node is drawn in: its layer, or the backward pass of its layer; none for input and target.
func (p *Program) box(n *gorgonia.Node) string {
	path, forward := p.paths[n]
	if forward {
		return path
	}
	if path = p.LayerOf(n); path == "" {
		return ""
	}
	return path + ", backward"
}

// writeLayer writes the nodes of one layer, in a box unless they belong to none.
func writeLayer(dot *strings.Builder, i int, path string, nodes []*gorgonia.Node, ids map[*gorgonia.Node]int) {
	indent := "  "
	if path != "" {
		fmt.Fprintf(dot, "  subgraph cluster_%d {\n    label=%q\n", i, path)
		indent = "    "
	}
	for _, n := range nodes {
		fmt.Fprintf(dot, "%sn%d [label=%q%s]\n", indent, ids[n], label(n), style(n))
	}
	if path != "" {
		dot.WriteString("  }\n")
	}
}

func label(n *gorgonia.Node) string {
	if n.Op() == nil {
		return fmt.Sprintf("%s\n%v", n.Name(), n.Shape())
	}
	return fmt.Sprintf("%v\n%v", n.Op(), n.Shape())
}

// style tells inputs and parameters from computed nodes.
func style(n *gorgonia.Node) string {
	if n.Op() == nil {
		return ", style=rounded"
	}
	return ""
}
