package op

import (
	"reflect"
	"slices"

	"gorgonia.org/gorgonia"
)

// operandsField is the field in which a node keeps its operands.
var operandsField, hasOperandsField = reflect.TypeFor[gorgonia.Node]().FieldByName("children")

// Operands lists the nodes that the operation at a node reads, in the order it takes them.
//
// Gorgonia gives them by Graph().From(n.ID()) only. That fails after Gorgonia's stabilisations, such as 1-sigmoid(x) to
// sigmoid(-x), which remove nodes: the index of the graph is stale then, and the result belongs to another node. From also
// searches the whole graph at its first call for a node. So Operands reads the list from the node.
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

// operandsByGraph asks the graph. It is for versions of Gorgonia whose nodes have no such field.
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
	for left := slices.Clone(from); len(left) > 0; {
		n := left[len(left)-1]
		left = left[:len(left)-1]
		if !seen[n] {
			seen[n] = true
			left = append(left, Operands(n)...)
		}
	}
	return seen
}
