// Package report shows what package vanishing has recorded: on a terminal, in files for other programs, and in pictures.
//
// On a terminal, [Text] draws a table of one network's layers with its diagnosis, and the gradient's way through several
// networks as bars:
//
//	t := report.TextFor(os.Stdout)
//	err := t.Table(os.Stdout, profile, vanishing.Diagnose(profile))
//	err = t.Bars(os.Stdout, plain, residual)
//
// For other programs, [CSV] writes one number a line, ready for a data frame, and [JSON] everything in one document that
// [ReadJSON] reads back, number for number.
//
// As pictures, [ProfilePlot] compares networks over depth and [HeatMapPlot] shows one network over depth and time. Both
// are saved as PNG or SVG:
//
//	figure, err := report.ProfilePlot(plain, residual)
//	err = figure.Save("profile.svg")
//
// Gradients span dozens of decades, so that every scale is logarithmic: on a linear one 1e-6 and 1e-12 look the same. A
// gradient of exactly zero, which has no logarithm, is marked and never dropped, and so are NaN and infinities. No report
// holds a time or a path: the same profile gives the same bytes. A profile that is not valid, as one put together by hand
// with a layer missing, is an error that says what is wrong with it.
package report
