// Package profile holds what was seen of a network's gradients as plain values: a [Profile] lists layers, parameters and
// blocks, and a [Record] for each recorded step, whose numbers have names that say what they are ([LayerRecord],
// [ParamRecord], [BlockRecord]).
//
// It knows nothing of graphs, training or Gorgonia: any program can write a profile and any tool can read one, as JSON.
// Package vanishing records profiles, package diagnose judges them, and package report draws them. [Profile.Validate] says
// what they rely on.
package profile
