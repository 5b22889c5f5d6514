// Package optim moves parameters against their gradients.
//
// An [Optimizer] is a struct whose zero value is usable and whose numbers are those of PyTorch's optimiser of the same
// name:
//
//	sgd := &optim.SGD{LearningRate: 0.1, Momentum: 0.9, Nesterov: true}
//	err := sgd.Step(params, grads, sgd.Rate())
//
// An optimiser keeps its state of a parameter, such as the velocity, under the parameter's name. One optimiser therefore
// serves one set of parameters.
package optim
