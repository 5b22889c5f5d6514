// Package op holds the operations gradflow adds to Gorgonia.
//
// Each is a function that puts one node on the expression graph of its inputs:
//
//	z, err := op.Linear(x, w, b)            // z = x·w + b
//	a, err := op.Activate(op.ReLU, 0, z)    // a = max(0, z)
//	loss, err := op.CrossEntropy(a, labels, op.MeanReduction, 0)
//
// They replace Gorgonia's operations for two reasons. Several of those silently compute wrong numbers (dropout's gradient,
// softmax of a row whose maximum is not its first element, slices of 256 columns, ...), and none can write into memory that is
// kept from step to step. An [Op] of this package
//
//   - gives its gradient as nodes of the same graph, so that the backward pass can be printed and drawn like the forward pass;
//   - checks types and shapes when it is put on the graph, and its errors tell what it got and what it wants;
//   - hashes every attribute, so that two different operations never merge into one node;
//   - writes its result into memory that the machine provides, and nowhere else;
//   - works on float32 and float64, and never panics across the package's border.
//
// Every operation is checked against central finite differences in float64 and against numbers from PyTorch.
//
// An operation has four parts, which are written in one file: a name with all its attributes, a rule for shapes, a kernel over
// slices, and a gradient. It also tells which inputs' memory its result may take over, to save memory. A machine runs an op
// through a [Call], which keeps the memory that the op needs from run to run, so that a run allocates nothing.
package op
