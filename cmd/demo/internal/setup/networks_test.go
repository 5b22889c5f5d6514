package setup

import (
	"context"
	"reflect"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train/optim"
)

// parsed are the options of a command line.
func parsed(t *testing.T, args ...string) Options {
	t.Helper()
	o, err := parse(args...)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func parse(args ...string) (o Options, err error) {
	cmd := &cli.Command{
		Flags: o.DemoFlags(), OnUsageError: console.UsageMistake,
		Action: func(_ context.Context, cmd *cli.Command) error {
			o.Single = DescribesOne(cmd)
			return o.Check(cmd)
		},
	}
	err = cmd.Run(context.Background(), append([]string{"demo"}, args...))
	return o, err
}

func TestFourNetworks(t *testing.T) {
	got, err := parsed(t, "-depth", "7", "-width", "9").Networks(784, 10)
	want := []Network{
		{"plain sigmoid", mlp.Model{Input: 784, Depth: 7, Width: 9, Output: 10, Activation: graph.Sigmoid}},
		{"plain ReLU, small init", mlp.Model{Input: 784, Depth: 7, Width: 9, Output: 10, Init: initializer.Normal{Std: 0.05}}},
		{"plain ReLU + BN", mlp.Model{Input: 784, Depth: 7, Width: 9, Output: 10, Norm: graph.BN}},
		{"residual ReLU", resnet.Model{Input: 784, Blocks: 3, Width: 9, Output: 10}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("networks are\n%+v, %v, want\n%+v", got, err, want)
	}
}

func TestDescribedNetwork(t *testing.T) {
	for _, c := range []struct {
		args []string
		want Network
	}{
		{[]string{"-activation", "tanh", "-depth", "4"},
			Network{"plain tanh", mlp.Model{Input: 3, Depth: 4, Width: 64, Output: 2, Activation: graph.Tanh}}},
		{[]string{"-init", "normal:0.3", "-norm", "ln", "-depth", "4", "-width", "5"},
			Network{"plain relu, normal(mean=0, std=0.3) + ln", mlp.Model{Input: 3, Depth: 4, Width: 5, Output: 2, Norm: graph.LN, Init: initializer.Normal{Std: 0.3}}}},
		{[]string{"-skip", "3", "-depth", "10", "-norm", "bn"},
			Network{"residual relu + bn", resnet.Model{Input: 3, Blocks: 3, Skip: 3, Width: 64, Output: 2, Norm: graph.BN}}},
	} {
		got, err := parsed(t, c.args...).Networks(3, 2)
		if err != nil || !reflect.DeepEqual(got, []Network{c.want}) {
			t.Errorf("%v: networks are\n%+v, %v, want\n%+v", c.args, got, err, c.want)
		}
	}
}

func TestOptimizers(t *testing.T) {
	for _, c := range []struct {
		args []string
		want optim.Optimizer
	}{
		{nil, &optim.SGD{Momentum: 0.9}},
		{[]string{"-optimizer", "sgd"}, &optim.SGD{}},
		{[]string{"-optimizer", "nesterov", "-lr", "0.5"}, &optim.SGD{LearningRate: 0.5, Momentum: 0.9, Nesterov: true}},
		{[]string{"-optimizer", "adam", "-lr", "0.5"}, &optim.Adam{LearningRate: 0.5}},
	} {
		if got, err := parsed(t, c.args...).NewOptimizer(); err != nil || got.String() != c.want.String() {
			t.Errorf("%v: optimiser is %v, %v, want %v", c.args, got, err, c.want)
		}
	}
}
