// Package page makes the HTML page about recorded networks: one file with everything in it, which asks nothing of any
// network. Package report writes it with the profiles inside, and package live serves it empty and sends them after.
//
// In Go profiles become columns of numbers, few enough to be sent and drawn ([Data]). All drawing is in assets: plain
// JavaScript, one concept in a file, without a build step, and uPlot for the line charts.
package page
