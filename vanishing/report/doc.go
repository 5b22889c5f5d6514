// Package report shows people the gradients of networks: on a terminal, as Markdown, CSV or JSON, and on an HTML page.
//
// Every report takes diagnoses, each with its profile. It repeats their findings and adds none:
//
//	plain, residual := vanishing.Diagnose(plainProfile), vanishing.Diagnose(residualProfile)
//	t := report.TextFor(os.Stdout)
//	err := t.Table(os.Stdout, plain)
//	err = t.Compare(os.Stdout, plain, residual)
//	err = report.HTML(file, plain, residual)
//
// On a terminal, [Text] writes a table of one network's layers with its diagnosis, compares several networks side by side, and
// draws the gradient over the depth as bars. [Markdown] writes the same for a repository, an issue or the summary of a CI run.
// [HTML] writes one page with all records, to be opened in a browser; package live shows the same page while a network trains.
//
// [CSV] writes one number a line, ready for a data frame. [JSON] writes everything into one document that [ReadJSON] reads back
// exactly; docs/formats.md explains every key. Package plot draws pictures, and package export writes for TensorBoard and
// Prometheus.
//
// Gradients span dozens of decades, so every scale is logarithmic: on a linear one 1e-6 and 1e-12 look the same. A gradient of
// exactly zero has no logarithm; it is marked and never dropped, as are NaN and infinities. The same profile gives the same
// bytes. The only times are those of the profile's Cost, on a line called "overhead". Reports for people stay small whatever the
// run: of many layers or steps they show a selection and its size. A profile that is not valid, such as a hand-made one without
// one of its layers, is an error with the reason.
package report
