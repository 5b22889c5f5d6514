// Package diagnose judges a profile: whether the gradient vanishes, explodes or arrives, why, and what would help.
//
// [Diagnose] makes a [Diagnosis] of a profile, with all that reports say of it. It rests on the profile's numbers alone: no
// graph is needed, and the same profile has the same diagnosis.
//
// # The verdict
//
// It looks at delta = dL/dz, the gradient with respect to what each layer's activation reads, and fits a line through
// log10 RMS(delta) over depth. A gradient that changes by the same factor from layer to layer lies on such a line, and the
// line's fall over the depth is the verdict: [Threshold] decades or more are vanishing, or exploding if it rises.
//
// A few layers can lose much while the trend of all stays level: a first layer that the inputs saturate, some sigmoids below
// many ReLUs. The verdict goes by the trend, and the sentence then says that the ends do not, and between which layers.
//
// Layers at one depth, such as towers, gates or the heads of an attention, are points at one depth. The steps of a recurrent
// layer have one depth too, and an axis of their own: the same line over the steps tells whether the gradient vanishes over
// time ([TimeTrend]). A weight that an unknown operation uses is in no layer; the profile names it (Unseen), and the verdict is
// undetermined.
//
// There is no threshold on any single number. The size of a gradient depends on whether the loss is summed or averaged, on
// the batch, the widths and on how well the network fits already: a small gradient need not be a vanished one. And the
// gradients of the weights, which most tools plot, can be the same in all layers of a ReLU network through which nothing
// passes: theirs is the product of a delta that shrinks toward the input and an activation that shrinks as much toward the
// output. The corpus test compares the rules of other tools on the same profiles.
//
// # Why and what else
//
// A [Budget] adds up by the chain rule which operations gave the gradient its size, or took it. Every [Finding] is made by a
// rule, in a file rule_*.go of its own: a function of a ruleInput, which is the profile with what several rules ask of it.
package diagnose
