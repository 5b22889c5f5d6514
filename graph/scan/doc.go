// Package scan puts a recurrence on an expression graph as one operation, with its own symbolic gradient.
//
// A function draws the step. Sequences have the shape (steps, ...); the step reads their elements, the states before it, and values that
// all steps share, such as parameters. With x (steps, batch, in) and h (batch, units):
//
//	outputs, final, err := scan.Draw(scan.Config{
//		Name: "rnn",
//		Step: func(s *scan.Scope, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
//			fromInput, err := gorgonia.Mul(inputs[0], s.Shared(w))
//			...
//			h, err := gorgonia.Tanh(sum)
//			return gorgonia.Nodes{h}, gorgonia.Nodes{h}, err
//		},
//	}, gorgonia.Nodes{x}, gorgonia.Nodes{h})
//
// The result is the sequence of each output, and the states after the last step. A step of layers with parameters is easier to write
// with graph.Recurrence.
//
// The step is drawn once, in a graph of its own, its body. The body is differentiated once, by Gorgonia's symbolic differentiation,
// and compiled once for each direction. So the time to build a program does not depend on the number of steps. The operation runs the
// step forward; the operation of its gradient runs the gradient of the step backward (backpropagation through time; Werbos 1990). The
// gradient of a shared value is summed from the last step to the first. Config.Unroll draws each step into the graph instead, and gives
// the same numbers, to the bit.
//
// # Memory
//
// A forward run keeps what the gradient reads: of each step the states and the values inside it. With Config.Segment it keeps the
// states of every Segment-th step alone, and the gradient runs the steps of one segment again before it runs them backward (Chen et al.
// 2016). With segments of sqrt(steps) the memory is least. The numbers are the same, to the bit.
//
// # Taps
//
// The taps of package machine see the nodes of the body: TapSteps shows the value in each step, Tap the values of all steps, stacked.
// The gradient at a node of the body is node.Deriv(), once the gradient of a program has been drawn.
//
// # Limits
//
// The elements are floats. A step cannot draw random numbers: the steps of a segment would draw others when they run again. Draw a mask
// outside of the step, and pass it as a sequence (a mask for each step) or as a shared value (one for all steps; Gal & Ghahramani 2016).
// Nor can it move running statistics.
package scan
