// Package structure finds the layers, blocks and sequences of a network in its expression graph, whether it was drawn with the
// layers of package graph, with operations of package op, or with Gorgonia's own. It follows the data from the inputs to the
// outputs.
//
//	net, err := structure.Find(g, structure.Config{Outputs: []*gorgonia.Node{loss}})
//	fmt.Print(net)
//
// The terms have these meanings.
//
// A node is a parameter if it is trained, a sample if it is computed from inputs that are not trained, and a constant
// otherwise. A node that is computed from parameters alone, such as a transposed, reshaped or sliced weight, counts as a
// parameter. An input that only changes weights, such as the mask of a pruned weight, counts as a constant.
//
// A linear map is a product of a parameter and a sample: of matrices or vectors in any order, a convolution, or a lookup in
// a table of embeddings. The product of a parameter and each sample, element by element, is a map too if an activation reads
// it. Maps whose results are added are one layer, as the map of the input and the map of the state in a
// recurrent network.
//
// A layer is its maps and what follows as long as nothing else reads it: a bias, a normalisation with gain and shift,
// pooling, dropout, the sum of a residual block, and the activation, which ends the layer. A normalisation may be one
// operation or written out as arithmetic with means and variances. What the activation reads is the pre-activation.
// Without an activation it is the last node of the layer.
//
// The depth of a layer is the largest number of layers on a path from the inputs to it, itself included. Towers side by
// side, gates of one cell and heads of one attention have one depth. The projection on a skip has the depth of the layer
// that it is added to. All steps of a recurrent layer have the depth of its first step.
//
// A block is a sum, or a concatenation, with one term computed from the other through at least one layer: a residual block.
// The skip is the identity, a projection, or a product with a gate.
//
// A gate is the product of an activation and something else that was computed by layers.
//
// An attention is the product of a softmax with values, where the softmax reads the product of queries and keys.
//
// A sequence is one weight that is used several times in the same way: a layer over steps. It is recurrent if steps
// depend on earlier ones, through the weight or through a state that each step changes and adds to. A recurrence that one operation
// computes is a sequence of one layer.
//
// The layers in the step of a recurrence that is one operation (package scan) are found as if the recurrence were unrolled. Each is
// listed once, as a sequence over all steps; its nodes are those of the step.
//
// A parameter is unreached if no operation combines it with samples in one of these ways. It may be read by an unknown operation,
// belong to a product that is written as a multiplication and a sum, or to a network of parameters alone that computes the weights
// of this one. A network with an unreached weight is not fully understood.
//
// Not found are: an activation written out as arithmetic, except x·sigmoid(x) and Gorgonia's Rectify and LeakyRelu; the
// parts of one fused map that is sliced afterwards, which stay one layer without an activation; a skip whose branch and
// projection both are a single map of the same input, as the two are one map.
package structure
