// Package machine runs expression graphs: any graph, also one written by hand with Gorgonia's own operations.
//
//	m := machine.New(g, loss)
//	err := m.RunAll()
//
// A [Machine] computes its outputs and nothing else, in memory that is planned once: values that are never needed at the
// same time share theirs, and a run allocates nothing. Gorgonia's operations that compute wrong numbers are replaced by
// correct ones where that is safe; package foreign lists the known traps in a graph.
//
// # Passes
//
// The first run compiles the graph: the passes of a table turn it into a list of steps, each of which computes one node, and
// the steps into stages with memory. [Machine.ReportPasses] compiles the graph anew and tells how long
// each pass took and what it made of the steps; the command "demo graph -passes" prints that.
//
// # Images
//
// Convolutions of float32 images compute on blocks of 16 channels that lie side by side. Images stay in that layout between convolutions,
// batch normalisations, activations, sums and pools, and are converted where anything else reads them: a tap, the program, or another
// operation. The statistics of batch normalisation are taken, and its result is computed, while a convolution has the values in the
// cache. A machine that keeps or watches all values computes in the layout of the graph; its numbers differ in the last digits.
//
// # Watching
//
// [Machine.Tap] calls a function with each value of a node, and [Machine.TapSteps] with the value of a node of a recurrence's step in
// each step. [Machine.StartTiming] measures each operation, for a table by
// operation and by layer and for a trace that a browser shows. [Machine.WatchNonFinite] ends a run at the first NaN or
// infinity. [Machine.Feed] sets the value of any node from outside, and so runs a part of a graph, such as the backward
// pass of a few layers. [Machine.Flushed] tells whether numbers of a node were too small for its type.
package machine
