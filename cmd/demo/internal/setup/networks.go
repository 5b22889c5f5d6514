package setup

import (
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// A Network is a model with its name in the report.
type Network struct {
	Name  string
	Model graph.Model
}

// Networks are the networks to train: the four, or the one that the flags describe.
func (o Options) Networks(input, output int) ([]Network, error) {
	if o.Single {
		n, err := o.Described(input, output)
		return []Network{n}, err
	}
	plain := mlp.Model{Input: input, Depth: o.Depth, Width: o.Width, Output: output}
	sigmoid, small, normed := plain, plain, plain
	sigmoid.Activation = graph.Sigmoid
	small.Init = initializer.Normal{Std: 0.05}
	normed.Norm = graph.BN
	return []Network{
		{"plain sigmoid", sigmoid},
		{"plain ReLU, small init", small},
		{"plain ReLU + BN", normed},
		{"residual ReLU", resnet.Model{Input: input, Blocks: (o.Depth - 1) / 2, Width: o.Width, Output: output}},
	}, nil
}

// Described is the network that the flags describe.
func (o Options) Described(input, output int) (Network, error) {
	if o.Model != "" {
		m, _, err := resnet.Named(o.Model, output)
		return Network{o.Model, m}, err
	}
	activation, err := graph.ParseActivation(o.activation)
	if err != nil {
		return Network{}, err
	}
	norm, err := graph.ParseNorm(o.norm)
	if err != nil {
		return Network{}, err
	}
	init, err := o.initializer()
	if err != nil {
		return Network{}, err
	}
	name := activation.String()
	if init != nil {
		name += ", " + init.String()
	}
	if norm != graph.NoNorm {
		name += fmt.Sprintf(" + %v", norm)
	}
	if o.skip == 0 {
		return Network{"plain " + name, mlp.Model{
			Input: input, Depth: o.Depth, Width: o.Width, Output: output, Activation: activation, Norm: norm, Init: init,
		}}, nil
	}
	return Network{"residual " + name, resnet.Model{
		Input: input, Blocks: (o.Depth - 1) / o.skip, Skip: o.skip, Width: o.Width, Output: output,
		Activation: activation, Norm: norm, Init: init,
	}}, nil
}

// DescribesOne reports whether the command line describes a network.
func DescribesOne(cmd *cli.Command) bool {
	return slices.ContainsFunc([]string{"activation", "init", "norm", "skip"}, cmd.IsSet)
}
