// Package scan puts a recurrence on an expression graph as one operation, with its own symbolic gradient.
//
// The step of the recurrence, the body, is drawn once in a graph of its own. Its inputs stand for the elements of the sequences at the
// step, for the states before the step and for values that all steps share, such as parameters:
//
//	g := gorgonia.NewGraph() // of the step: h' = tanh(x·w + h·u)
//	...
//	body := &op.Body{Inputs: {x}, States: {h}, Shared: {w, u}, Next: {h2}, Outputs: {h2}}
//	outputs, final, err := scan.Draw(scan.Config{Name: "rnn", Body: body}, xs, start, weights)
//
// Sequences have the shape (steps, ...). The result is the sequence of each output, and the states after the last step.
//
// The body is differentiated once, by Gorgonia's symbolic differentiation, and compiled once for each direction. So the time to
// build a program does not depend on the number of steps. The operation runs the step forward; the operation of its gradient runs the
// gradient of the step backward (backpropagation through time; Werbos 1990). The gradient of a shared value is summed from the last
// step to the first.
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
// The gradient at a node of the body is node.Deriv(), once the gradient has been drawn.
//
// # Limits
//
// The elements are floats. A body cannot draw random numbers: the steps of one segment would draw others when they run again. Draw a
// mask outside, and pass it as a sequence (a mask for each step) or as a shared value (one for all steps; Gal & Ghahramani 2016).
package scan
