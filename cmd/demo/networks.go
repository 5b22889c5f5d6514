package main

import (
	"fmt"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// A network is a model with its name in the report.
type network struct {
	name  string
	model graph.Model
}

// networks are the networks to train: the four, or the one that the flags describe.
func (o options) networks(input, output int) ([]network, error) {
	if o.single {
		n, err := o.described(input, output)
		return []network{n}, err
	}
	plain := mlp.Model{Input: input, Depth: o.depth, Width: o.width, Output: output}
	sigmoid, small, normed := plain, plain, plain
	sigmoid.Activation = graph.Sigmoid
	small.Init = initializer.Normal{Std: 0.05}
	normed.Norm = graph.BN
	return []network{
		{"plain sigmoid", sigmoid},
		{"plain ReLU, small init", small},
		{"plain ReLU + BN", normed},
		{"residual ReLU", resnet.Model{Input: input, Blocks: (o.depth - 1) / 2, Width: o.width, Output: output}},
	}, nil
}

// described is the network that the flags describe.
func (o options) described(input, output int) (network, error) {
	if o.model != "" {
		m, _, err := resnet.Named(o.model, output)
		return network{o.model, m}, err
	}
	activation, err := graph.ParseActivation(o.activation)
	if err != nil {
		return network{}, err
	}
	norm, err := graph.ParseNorm(o.norm)
	if err != nil {
		return network{}, err
	}
	init, err := o.initializer()
	if err != nil {
		return network{}, err
	}
	name := activation.String()
	if init != nil {
		name += ", " + init.String()
	}
	if norm != graph.NoNorm {
		name += fmt.Sprintf(" + %v", norm)
	}
	if o.skip == 0 {
		return network{"plain " + name, mlp.Model{
			Input: input, Depth: o.depth, Width: o.width, Output: output, Activation: activation, Norm: norm, Init: init,
		}}, nil
	}
	return network{"residual " + name, resnet.Model{
		Input: input, Blocks: (o.depth - 1) / o.skip, Skip: o.skip, Width: o.width, Output: output,
		Activation: activation, Norm: norm, Init: init,
	}}, nil
}
