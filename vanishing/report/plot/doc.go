// Package plot draws the profiles of package vanishing as pictures in PNG or SVG.
//
// [Profile] compares the gradients of networks over depth, with the prediction of theory for their initialisation. [Heatmap]
// shows one network over depth and time, [Finite] which layers were finite in which step, [Budget] where the gradient's size
// goes, and [Paths] which paths it takes through a residual network. [Signal] shows the forward signal at the blocks of such a
// network. [EdgeOfChaos] shows what theory expects of all plain
// networks of one activation:
//
//	figure, err := plot.Profile(plain, residual)
//	err = figure.Save("profile.svg")
//
// [Rates] draws the loss of a learning-rate test over the rate, [Confusion] which classes a network takes for which, and [Lines] any
// other series of numbers, such as learning curves, linear or logarithmic.
//
// Scales are logarithmic, as gradients span dozens of decades; those of a signal may be linear. A gradient of exactly zero has no
// logarithm; it is marked and
// never dropped. The same profile gives the same bytes.
package plot
