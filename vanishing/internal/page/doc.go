// Package page makes the HTML page about recorded networks: one self-contained file. Package report writes it with the profiles
// inside. Package live serves it empty and sends the profiles later.
//
// In Go, [Data] turns profiles into columns of numbers, few enough to be sent and drawn. The drawing is in assets: plain JavaScript
// without a build step, one concept in a file, with uPlot for the line charts.
package page
