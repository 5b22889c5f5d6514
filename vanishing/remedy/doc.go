// Package remedy tries remedies for a network whose gradients vanish or explode, on copies of the network and one batch:
//
//	trials, err := remedy.Try(remedy.Config{
//		Model: mlp.Model{Input: 784, Depth: 30, Width: 64, Output: 10, Activation: graph.Sigmoid},
//		Loss:  graph.CrossEntropy{}, X: batch.X, Y: batch.Y,
//	})
//	fmt.Println(trials[0].Name, trials[0].Code) // what helps most, and the line that applies it
//
// Each remedy is applied to a copy of the network. The trial takes the profile of its gradient and then trains it on the batch
// for a few steps. Both the profile and the loss count: a flat profile alone proves little, and so does a loss that falls while
// the early layers do not move. All trials take seconds, where training every variant takes hours. A network that learns one
// batch may still fail on others: train the best two or three.
//
// Models of packages mlp and resnet are changed in their configuration. Of any other model the weights can be redrawn, the
// gradients clipped and the learning rate changed; remedies that cannot be tried are listed with the reason.
package remedy
