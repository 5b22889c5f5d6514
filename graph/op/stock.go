package op

import "gorgonia.org/gorgonia"

// Replacement gives an op of ours that computes, from the same inputs, what the operation of Gorgonia's own at a node is
// meant to compute. It is nil if there is none.
func Replacement(n *gorgonia.Node) *Op { return nil }
