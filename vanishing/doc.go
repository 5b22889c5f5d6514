// Package vanishing measures the gradients of a network during training. It diagnoses whether they vanish or explode, explains
// why, and proposes remedies.
//
// Training moves each weight against its gradient. The gradient of an early layer is a product with one factor for every later
// layer. If the factors are typically below 1, the product vanishes: the slope of the sigmoid is at most 1/4, and 30 sigmoid
// layers leave about 1e-18 of the gradient. If they are above 1, it explodes. Either way a deep network does not learn, and its
// loss does not show why.
//
// # Recording
//
// A [Recorder] is a callback of the trainer. In each recorded step it measures every layer, parameter and residual block:
// see [profile.LayerRecord], [profile.ParamRecord] and [profile.BlockDetail].
//
//	recorder := &vanishing.Recorder{Name: "plain sigmoid"}
//	trainer := &train.Trainer{
//		Model:     mlp.Model{Input: 784, Depth: 30, Width: 100, Output: 10, Activation: graph.Sigmoid},
//		Loss:      graph.CrossEntropy{},
//		Callbacks: []train.Callback{recorder},
//	}
//	history, err := trainer.Fit(ctx, trainSet, valSet)
//	profile := recorder.Profile()
//
// It taps the running program, so nothing is stored or computed twice, and layers need not be registered. Cheap numbers are
// recorded in every step, costly ones less often. The number of records is bounded, however long the run. [Observe] measures
// one batch without training, to inspect a network before training it.
//
// [Watch] follows a program written for Gorgonia alone, with a hand-written graph and one of Gorgonia's solvers. It takes three
// lines, one of which replaces gorgonia.NewTapeMachine. [Read] falls back to the values left after a run of TapeMachine.
//
// The result is a [Profile], a plain value that can be stored and compared. Package live shows it during training.
//
// # Diagnosing
//
// [Diagnose] derives a verdict from a profile, with its evidence and an explanation, and lists further findings. Each [Finding]
// has evidence, a confidence and a remedy:
//
//	d := vanishing.Diagnose(profile)
//	fmt.Println(d.Verdict)  // vanishing
//	fmt.Println(d.Sentence) // The gradient shrinks by a factor of 4.3 per layer on its way back: ...
//
// The diagnosis contains the profile, so package report needs nothing else: report.HTML(file, d) writes a page.
//
// The verdict depends on the change of RMS(delta) over the depth, and over the steps of a recurrent layer. Here delta = dL/dz is
// the gradient of the loss with respect to the pre-activation z, the input of a layer's activation. Package diagnose documents
// the rules, and why none is a threshold on a single number.
//
// Layers and their depths are derived from the graph, including one written by hand: see package structure. A weight may
// belong to no layer, as one that an unknown operation uses. The profile then lists it in [Profile].Unseen, and the verdict is
// undetermined.
//
// The main types of packages profile and diagnose have aliases here.
//
// # Causes
//
// By the chain rule the gradient passes one operation after the other, from the loss to the input. [profile.Gains] are the
// contributions of the operations to its change between two layers, as logarithms that sum to the whole change. [diagnose.Budget]
// adds the gains over the depth: how many decades the derivative of the sigmoid loses, and how many the weights gain. In a residual
// network, [profile.BlockDetail] splits the gradient into the parts through the skip and through the branch, and [PathSpectrum]
// splits it by the number of branches passed.
//
// # Theory
//
// Mean-field theory predicts the profile of a network from its widths, its activations and the variance of its initial weights.
// [profile.Theory] compares the prediction of package theory with the measurements of the first step. A deviation is not explained
// by the initialisation: it reveals a layer whose gradient is wrong. [Describe] is for a prediction before any step.
//
// # Remedies
//
// Package remedy tries possible remedies on a copy of the network, with one batch: other initial weights, normalisation, skips,
// other activations, clipping, other learning rates. Package vanishtest makes the diagnosis a test that fails for a sick network.
package vanishing
