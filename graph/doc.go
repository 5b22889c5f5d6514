// Package graph builds deep networks as Gorgonia expression graphs, and runs them.
//
// Parameters live in a store; a model is a function that draws a symbolic graph over them; a machine runs the graph.
//
//	params := graph.NewParams(tensor.Float32, 1) // dtype and seed
//	model := graph.Sequential{
//		graph.Dense{Units: 64, Init: initializer.HeNormal{}}, graph.ReLU,
//		graph.Dense{Units: 10},
//	}
//	program, err := graph.Build(graph.Config{
//		Model: model, Params: params, Input: tensor.Shape{32, 784}, Loss: graph.CrossEntropy{},
//	})
//	...
//	err = program.Run(images, labels)
//	fmt.Println(program.LossValue())
//	for _, w := range program.Weights {
//		fmt.Println(w.Name, w.Grad.Value()) // dense1/weight ...
//	}
//
// # Parameters
//
// [Params] owns the memory of a model's parameters. Each has a name, which is the path of its layer, such as
// "block3/dense1/weight", and its first value follows from the seed and that name alone. A graph has a batch size;
// parameters have none. So the graph that trains on 64 samples, the one that evaluates 1000 and the one that predicts one
// are separate programs over one Params: the weights that one of them learns are used by all.
//
// # Layers and models
//
// A [Layer] draws itself on a [Builder] and gives its output node. The builder is a scope: it knows the path, the mode
// (training or evaluation), the dtype and the seed, declares parameters, and notes what is drawn. A [Model] is the
// outermost layer. Layers are plain structs whose zero values are documented defaults: [Dense], the activations,
// [BatchNorm], [LayerNorm], [Dropout], [Flatten], [Sequential], [Residual]. Images are (batch, channels, height, width), and have
// [Conv2D], [ConvTranspose2D], [MaxPool2D], [AvgPool2D], [GlobalAvgPool], [GroupNorm], [Dropout2D] and more. Sequences are
// (batch, time, features), and have the layers of package attention. A function becomes a layer by [LayerFunc].
// [Build] turns any failure, such as a wrong shape or a panic in a layer, into an error that names the layer.
//
// # Recurrences
//
// [Recurrence] runs a step of your own, with its own layers, over sequences. Package recurrent has LSTM, GRU and others.
//
// # Several inputs, outputs and losses
//
// [Config] takes any number of named inputs, of any type, instead of its one Input. The first is handed to the model; layers and
// losses ask for any of them by [Builder.Input]. A layer makes a node an output of the program, beside the one that the model
// returns, by [Builder.Output]. Config.Losses lists a loss for each output, with its target and its weight in the sum:
//
//	program, err := graph.Build(graph.Config{
//		Model: model, Params: params,
//		Inputs: []graph.Input{
//			{Name: "features", Shape: tensor.Shape{32, 8}},
//			{Name: "word", Shape: tensor.Shape{32}, Dtype: tensor.Int}, // a layer has b.Input("word")
//		},
//		Losses: []graph.Objective{
//			{Loss: graph.CrossEntropy{}},                         // of what the model returns, against "target"
//			{Output: "size", Loss: graph.MSE{}, Weight: 0.5}, // a layer has b.Output("size", y)
//		},
//	})
//	...
//	err = program.RunNamed(map[string]*tensor.Dense{"features": x, "word": words, "target": labels, "size": sizes})
//	fmt.Println(program.Parts[1].Value(), program.OutputNamed("size"))
//
// The target of an objective may be an input, as in an autoencoder: {Target: "input", Loss: graph.MSE{}}.
//
// # Losses of your own
//
// A [Loss] draws a scalar. Its Reduction tells whether that is a mean or a sum, so that a trainer can combine batches. A loss of
// classification may also be a [Classifier], which counts the samples classified right. A loss that can check targets before
// training may be a [TargetChecker].
//
// # Gradients
//
// Build asks Gorgonia for the gradient of the loss, symbolically, so that the backward pass is part of the graph, and can
// be printed ([Program.DOTWithGradient]) like the forward pass. Then it compiles a [machine.Machine], which computes
// the requested values and nothing else. The machine runs any expression graph, also one written by hand with Gorgonia's own
// operations; foreign.Lint lists known traps in such a graph, and [Adopt] makes a program of it.
//
// # Watching
//
// The structure of a network is found in its graph, whichever code drew it: [Program.Structure] is all of it. [Program.Layers]
// lists the weighted layers in forward order with their depth, pre-activation and activation nodes, [Program.Blocks] the residual
// blocks with skip, branch and sum. After Build the gradient that reaches a node is node.Deriv(). [Program.Tap] calls a
// function with a node's value right after it is computed:
//
//	program.Tap(program.Layers[0].Pre.Deriv(), func(delta gorgonia.Value) { ... })
//
// Values other than outputs and gradients of parameters can only be seen by a tap, because the same run reuses their memory.
// [Config.KeepAll] keeps them all, for debugging.
//
// # Scaling up
//
// [MuP] draws a model in the maximal update parametrisation, so that a learning rate that was found for a narrow and shallow network
// suits a wide and deep one. Package vanishing/scale checks whether an architecture keeps its sizes over width and depth.
//
// # Tensors
//
// Inputs and targets are dense tensors of gorgonia.org/tensor. Package tensors makes them, and turns bad shapes into errors.
package graph
