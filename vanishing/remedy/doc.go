// Package remedy tries what might help a network whose gradients vanish or explode, on copies of it and one batch:
//
//	trials, err := remedy.Try(remedy.Config{
//		Model: mlp.Model{Input: 784, Depth: 30, Width: 64, Output: 10, Activation: graph.Sigmoid},
//		Loss:  graph.CrossEntropy{}, X: batch.X, Y: batch.Y,
//	})
//	fmt.Println(trials[0].Name, trials[0].Code) // what helps most, and the line that applies it
//
// Each remedy is applied to a copy, whose gradient's profile is taken and which then learns the batch for a few steps. A
// flat profile alone proves little, and neither does a loss that falls while the early layers stay as they are, so that both
// count. It takes seconds, where training every variant takes hours. That the batch is learnt does not say that the network
// will do well on others: train the best two or three.
//
// Models of packages mlp and resnet are changed in their configuration. Of any other model the weights can be drawn anew,
// the gradients clipped and the steps made smaller or larger; what cannot be tried is listed with the reason.
package remedy
