// Package guide holds what the programs of the guide's chapters share: a batch of images, a look at an untrained
// network, and the style of the figures.
package guide
