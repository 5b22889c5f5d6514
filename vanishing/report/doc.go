// Package report shows what package vanishing has recorded: on a terminal, in files for other programs, and in pictures.
//
// On a terminal, [Text] draws a table of one network's layers with its diagnosis, and the gradient's way through several
// networks as bars:
//
//	t := report.TextFor(os.Stdout)
//	err := t.Table(os.Stdout, profile, vanishing.Diagnose(profile))
//	err = t.Bars(os.Stdout, plain, residual)
//	err = t.Compare(os.Stdout, plain, residual)
//
// [Markdown] writes the same for a repository, an issue or the summary of a CI run.
//
// For other programs, [CSV] writes one number a line, ready for a data frame, and [JSON] everything in one document that
// [ReadJSON] reads back, number for number; docs/formats.md explains every key. Package report/export writes for TensorBoard and
// Prometheus, and package report/plot draws pictures.
//
// For everything at once, [HTML] writes one page with all that was recorded, to be opened in a browser; package live shows the
// same page while a network trains.
//
// Gradients span dozens of decades, so that every scale is logarithmic: on a linear one 1e-6 and 1e-12 look the same. A
// gradient of exactly zero, which has no logarithm, is marked and never dropped, and so are NaN and infinities. The same
// profile gives the same bytes, and the only times are those of the profile's Cost, which stand in a line of their own as
// "overhead". Reports for people stay small whatever the run: of many layers or steps they show some, and say so. A profile that is not valid, as one put together by hand
// with a layer missing, is an error that says what is wrong with it.
package report
