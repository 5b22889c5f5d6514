// Package report shows a person what the gradients of a network did: on a terminal, as Markdown, CSV or JSON, and on an HTML page.
//
// Every report takes diagnoses, each of which carries its profile, and computes nothing that a diagnosis says:
//
//	plain, residual := vanishing.Diagnose(plainProfile), vanishing.Diagnose(residualProfile)
//	t := report.TextFor(os.Stdout)
//	err := t.Table(os.Stdout, plain)
//	err = t.Compare(os.Stdout, plain, residual)
//	err = report.HTML(file, plain, residual)
//
// On a terminal, [Text] writes a table of one network's layers with its diagnosis, sets several networks side by side, and draws the
// gradient's way through them as bars. [Markdown] writes the same for a repository, an issue or the summary of a CI run. [HTML]
// writes one page with all that was recorded, to be opened in a browser; package live shows the same page while a network trains.
//
// [CSV] writes one number a line, ready for a data frame, and [JSON] everything in one document that [ReadJSON] reads back,
// number for number; docs/formats.md explains every key. Package plot draws pictures, and package export writes for TensorBoard
// and Prometheus.
//
// Gradients span dozens of decades, so every scale is logarithmic: on a linear one 1e-6 and 1e-12 look the same. A gradient of
// exactly zero, which has no logarithm, is marked and never dropped, and so are NaN and infinities. The same profile gives the
// same bytes. The only times are those of the profile's Cost, in a line of their own called "overhead". Reports for people stay
// small whatever the run: of many layers or steps they show some, and say so. A profile that is not valid, as one put together by
// hand with a layer missing, is an error that says what is wrong with it.
package report
