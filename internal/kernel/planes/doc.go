// Package planes computes pooling, normalisation and padding of batches of images, forward and backward, for float32 and float64.
//
// Images are row-major (batch, channels, height, width): each channel of an image is a plane in memory. Sums are taken in float64.
// A [Pool] or a [Norm] describes the work; its owner keeps it, so that a computation on several cores allocates nothing. Results do not
// depend on the number of cores.
package planes
