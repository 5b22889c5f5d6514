// Package recurrent computes recurrent networks over whole sequences: their states, and their gradients by backpropagation
// through time.
//
// Sequences are (batch, time, ...) in row-major order. The products of all inputs with their weights come from outside, as one
// product of matrices; this package adds the products of the states, step by step, with a matrix that is packed once for all steps.
// The sequences of a batch are independent, so each core takes some of them through all steps. No result depends on the
// number of cores, on the other sequences of the batch, or on the padding after a sequence's end.
package recurrent
