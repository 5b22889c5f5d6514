// Package guide is shared by the programs of the guide's chapters. It loads images, runs untrained networks and draws figures.
package guide
