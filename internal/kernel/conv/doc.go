// Package conv computes convolutions of batches of images, forward and backward, for float32 and float64.
//
// Tensors are row-major: images (batch, channels, height, width), weights (out, in/groups, window height, window width). The
// windows of an image are the columns of a matrix of patches, so that a convolution is a matrix product. Patches are made
// for some rows of the output at a time, in memory that the package keeps, so a call allocates nothing in the long run. A window of
// one element that moves by one needs no patches.
//
// Results do not depend on the number of cores.
package conv
