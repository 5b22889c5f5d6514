// Package vanishing watches the gradients of a network go by, says whether they vanish, explode, or arrive, and why, and
// what would help.
//
// Training moves each weight against its gradient, and the gradient of an early layer is a product with one factor for
// every layer behind it. If the factors are typically below 1 the product vanishes: the sigmoid's slope is at most 1/4, so
// that 30 sigmoid layers leave about 1e-18 of it. If they are above 1 it explodes. Either way a deep network does not
// learn, and its loss does not tell why.
//
// # Recording
//
// A [Recorder] is a callback of the trainer. In each recorded step it notes, for every layer, every parameter and every
// residual block, a few numbers whose names say what they are: [LayerRecord], [ParamRecord] and [BlockRecord].
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
// It taps the running program, so that nothing is kept or computed twice, and layers need not be registered. What costs
// little is recorded in every step, and the rest now and then; what is kept is bounded, however long the run. [Observe] does
// the same for one batch and without training, to look at a network before any time is spent on it.
//
// A program that was written for Gorgonia alone, with a graph drawn by hand and a solver of Gorgonia's, is watched by
// [Watch]: three lines, one of them in place of gorgonia.NewTapeMachine. [Read] makes do with what TapeMachine leaves behind.
//
// What comes out is a [Profile], a plain value that can be stored and compared. Package live shows it while the training goes on.
//
// # Diagnosing
//
// [Diagnose] turns a profile into a verdict with the numbers it rests on and a sentence that explains it, and lists
// everything else that it found, each [Finding] with evidence, confidence and remedy:
//
//	d := vanishing.Diagnose(profile)
//	fmt.Println(d.Verdict)  // vanishing
//	fmt.Println(d.Sentence) // The gradient shrinks by a factor of 4.3 per layer on its way back: ...
//
// The diagnosis carries the profile, so it is all that package report needs: report.HTML(file, d) writes a page.
//
// It goes by how RMS(delta) changes over the depth, and over the steps of a recurrent layer, where delta = dL/dz is the gradient
// with respect to what each layer's activation reads. Package diagnose tells how, and why by no threshold on a single number.
//
// What is a layer, and how deep it lies, is found in the graph, whoever drew it: see package structure. A weight that an unknown
// operation uses is in no layer; the profile names it ([Profile].Unseen), and the verdict is undetermined.
//
// The types of packages profile and diagnose go by their names here too.
//
// # Why
//
// By the chain rule the gradient passes one operation after the other on its way back. [Gains] are what each did to its size
// between two layers, as logarithms that sum to the whole change, and [Budget] adds them up over the depth: so many
// decades lost to the derivative of the sigmoid, so many gained from the weights. In a residual network a [BlockRecord] tells
// how much came along the skip and how much through the branch, and [PathSpectrum] how much of the gradient passed any
// number of branches.
//
// # Theory
//
// Mean-field theory predicts the profile of a network from its widths, activations and the variance of its first weights.
// [Theory] lays the prediction for the network at hand, made by package theory, over what was measured in the first step.
// What the initialisation explains is told from what it does not: a layer whose gradient is wrong stands out. [Describe] is for a
// prediction before any step.
//
// # Remedies
//
// Package remedy tries what might help on a copy of the network, with one batch: other initial weights, normalisation,
// skips, other activations, clipping, other rates. Package vanishtest makes a test of it all, that fails when a network is
// sick.
package vanishing
