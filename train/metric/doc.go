// Package metric scores models on whole datasets, batch by batch.
//
// A [Metric] is a value, such as F1{} or TopK{K: 3}, which a trainer's Metrics list. It makes an [Accumulator], which takes the outputs
// and targets of batches of any sizes and gives the score of all their samples together:
//
//	a := metric.F1{}.New()
//	err := a.Add(logits, labels) // and more batches
//	fmt.Println(a.Value())
//
// A [Confusion] matrix is an accumulator that has many scores and prints itself. Package plot draws it.
//
// # Outputs and targets
//
// A classifier's output is a row of logits for each sample, or of probabilities where a field Probabilities is set; all axes but the
// last count samples. Targets are classes, as integers, or rows that are largest at the class. One output instead of a row is that of
// class 1 against class 0: its logit, with targets 0 and 1. Of equal outputs the first is the predicted class. A sample whose output
// holds a NaN has no predicted class.
package metric
