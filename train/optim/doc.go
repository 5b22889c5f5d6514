// Package optim moves parameters against their gradients.
//
// An [Optimizer] is a struct whose zero value is usable and whose numbers are those of PyTorch's optimiser of the same
// name:
//
//	sgd := &optim.SGD{LearningRate: 0.1, Momentum: 0.9, Nesterov: true}
//	err := sgd.Step(params, grads, sgd.Rate())
//
// There are [SGD] with momentum, [Adam], [AdamW], [RMSProp] and [AdaGrad] as PyTorch has them, and [Lion], [LAMB], [LARS] and [Muon]
// after their papers. A [Group] gives some parameters another learning rate or weight decay:
//
//	adamw := &optim.AdamW{Groups: []optim.Group{{Params: "(bias|gain|shift)$", NoDecay: true}}}
//
// An optimiser keeps its state of a parameter, such as the velocity, under the parameter's name. One optimiser therefore
// serves one set of parameters. A [Stateful] optimiser exports and imports that state, to resume a run.
package optim
