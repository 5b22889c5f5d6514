package onnxfile

// Constants lists the constants of a graph and those inside it, by the names that nodes read them by: initialisers and the tensors of
// Constant nodes, in the order of the file.
func (g *Graph) Constants() (list []*Tensor) {
	list = append(list, g.Initializers...)
	for _, n := range g.Nodes {
		if a := n.Attributes["value"]; n.Op == "Constant" && a != nil && a.Tensor != nil && len(n.Outputs) == 1 {
			t := *a.Tensor
			t.Name = n.Outputs[0]
			list = append(list, &t)
		}
		for _, name := range []string{"then_branch", "else_branch", "body"} {
			if a := n.Attributes[name]; a != nil && a.Graph != nil {
				list = append(list, a.Graph.Constants()...)
			}
		}
	}
	return list
}
