// Package profile holds the recorded gradients of a network as plain values. A [Profile] lists the layers, parameters and
// residual blocks, and has a [Record] for each recorded step: norms ([LayerRecord], [ParamRecord]), [Details] and
// [Histograms].
//
// The package does not depend on graphs, training or Gorgonia: any program can write a profile as JSON, and any tool can read
// one. Package vanishing records profiles, package diagnose judges them, and package report draws them. All of them rely on
// the rules that [Profile.Validate] checks.
package profile
