package op

import (
	"reflect"

	"gorgonia.org/gorgonia"
)

// operandsField is where a node keeps what its operation reads.
var operandsField, hasOperandsField = reflect.TypeFor[gorgonia.Node]().FieldByName("children")

// Operands lists the nodes that the operation at a node reads, in the order it takes them.
//
// Gorgonia gives them by Graph().From(n.ID()) only. That goes wrong after its stabilisations, such as 1-sigmoid(x) to
// sigmoid(-x), which remove nodes: the index of the graph is stale then, and the answer is about another node. It also
// searches the whole graph when it is asked for a node the first time. So the list is read from the node itself.
func Operands(n *gorgonia.Node) []*gorgonia.Node {
	if n == nil {
		return nil
	}
	if !hasOperandsField || operandsField.Type != reflect.TypeFor[gorgonia.Nodes]() {
		return operandsByGraph(n)
	}
	field := reflect.ValueOf(n).Elem().FieldByIndex(operandsField.Index)
	list := make([]*gorgonia.Node, field.Len())
	for i := range list {
		list[i] = (*gorgonia.Node)(field.Index(i).UnsafePointer())
	}
	return list
}

// operandsByGraph asks the graph, in a version of Gorgonia whose nodes are made in another way.
func operandsByGraph(n *gorgonia.Node) (list []*gorgonia.Node) {
	if n.Graph() == nil {
		return nil
	}
	it := n.Graph().From(n.ID())
	if it == nil {
		return nil
	}
	for it.Next() {
		list = append(list, it.Node().(*gorgonia.Node))
	}
	return list
}

// Reachable is the set of the nodes that the given ones are computed from, themselves included.
func Reachable(from ...*gorgonia.Node) map[*gorgonia.Node]bool {
	seen := make(map[*gorgonia.Node]bool)
	for len(from) > 0 {
		n := from[len(from)-1]
		from = from[:len(from)-1]
		if !seen[n] {
			seen[n] = true
			from = append(from, Operands(n)...)
		}
	}
	return seen
}
