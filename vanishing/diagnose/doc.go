// Package diagnose judges a profile: whether the gradient vanishes or explodes on its way to the first layer, why, and what
// would help.
//
// [Diagnose] makes a [Diagnosis] of a profile, which holds all that a report needs. It reads only the profile, not the graph,
// and the same profile always has the same diagnosis.
//
// # The verdict
//
// The verdict rests on delta = dL/dz, the gradient of the loss with respect to a layer's pre-activation z (the input of its
// activation). A line is fitted through log10 RMS(delta) over depth, on which a gradient that changes by the same factor from
// layer to layer lies. If the line falls by [Threshold] decades or more toward the input, the gradient vanishes; if it rises as
// much, it explodes.
//
// If the network has several losses of far different size, the gradient grows where the larger one's output leaves. That is exploding too, as
// one learning rate does not suit the layers before and after that place; the sentence names it, and the remedy is to weight the losses.
//
// A few layers can lose much while the trend of all stays level, such as a first layer that the inputs saturate, or some
// sigmoids below many ReLUs. The sentence then names these layers. If they lose very much, the verdict follows them: see
// [Diagnose].
//
// Layers side by side, such as towers, gates or the heads of an attention, are points at the same depth. So are the steps of a
// recurrent layer, which also have an axis of their own: a second line, over the steps, tells whether the gradient vanishes over
// time ([TimeTrend]). A weight may belong to no layer, as one that an unknown operation uses: the profile lists it in Unseen,
// and the verdict is undetermined.
//
// There is no threshold on any single number. The size of a gradient depends on whether the loss is summed or averaged, on the
// batch, on the widths, and on how well the network already fits, so a small gradient has not always vanished. Most tools plot
// the gradients of the weights. These can be equal in all layers of a ReLU network that passes no signal: each is the product of
// a delta that shrinks toward the input and an activation that shrinks as much toward the output. The corpus test compares the
// rules of other tools on the same profiles.
//
// # Causes and findings
//
// A [Budget] splits the gradient's change by the chain rule between the operations. A rule makes each [Finding]. Rules are
// functions of a ruleInput, which is the profile with the values that several rules need, and live in files rule_*.go.
package diagnose
