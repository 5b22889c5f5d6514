// Package vanishing watches the gradients of a network go by, and says whether they vanish, explode, or arrive.
//
// Training moves each weight against its gradient, and the gradient of an early layer is a product with one factor for
// every layer behind it. If the factors are typically below 1 the product vanishes: the sigmoid's slope is at most 1/4, so
// that 30 sigmoid layers leave about 1e-18 of it. If they are above 1 it explodes. Either way a deep network does not
// learn, and its loss does not tell why.
//
// # Recording
//
// A [Recorder] is a callback of the trainer. In each recorded step it notes, for every layer and every parameter, a few
// numbers whose names say what they are, as [LayerRecord] and [ParamRecord]:
//
//	recorder := &vanishing.Recorder{Name: "plain sigmoid", Steps: vanishing.Every(10)}
//	trainer := &train.Trainer{
//		Model:     mlp.Model{Input: 784, Depth: 30, Width: 100, Output: 10, Activation: graph.Sigmoid},
//		Loss:      graph.CrossEntropy{},
//		Callbacks: []train.Callback{recorder},
//	}
//	history, err := trainer.Fit(ctx, trainSet, valSet)
//	profile := recorder.Profile()
//
// It taps the running program, so that nothing is kept or computed twice, and layers need not be registered. [Observe]
// does the same for one batch and without training, to look at a network before any time is spent on it.
//
// What comes out is a [Profile], a plain value that can be stored and compared. Package report draws it.
//
// # Diagnosing
//
// [Diagnose] turns a profile into a verdict with the numbers it rests on and a sentence that explains it:
//
//	d := vanishing.Diagnose(profile)
//	fmt.Println(d.Verdict)  // vanishing
//	fmt.Println(d.Sentence) // The gradient shrinks by a factor of 4.3 per layer on its way back: ...
//
// It looks at delta = dL/dz, the gradient with respect to what each layer's activation reads, and fits a line through
// log10 RMS(delta) over depth. A gradient that changes by the same factor from layer to layer lies on such a line, and the
// line's fall over the depth is the verdict: [Threshold] decades or more are vanishing, or exploding if it rises.
//
// A few layers can lose much while the trend of all stays level: a first layer that the inputs saturate, some sigmoids below
// many ReLUs. The verdict goes by the trend, and the sentence then says that the ends do not, and between which layers.
//
// There is no threshold on any single number. The size of a gradient depends on whether the loss is summed or averaged, on
// the batch, the widths and on how well the network fits already: a small gradient need not be a vanished one. And the
// gradients of the weights, which most tools plot, can be the same in all layers of a ReLU network through which nothing
// passes: theirs is the product of a delta that shrinks toward the input and an activation that shrinks toward the output.
package vanishing
