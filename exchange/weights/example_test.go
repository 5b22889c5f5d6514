package weights_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/weights"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
)

// The weights of a torch.nn.Sequential of Linear, Tanh and Linear, whose tensors are "0.weight", "0.bias", "2.weight" and "2.bias".
func ExampleNaming() {
	fromTorch := weights.Naming{
		Name:       strings.NewReplacer("dense1/", "0.", "dense2/", "2.").Replace,
		Transposed: func(name string) bool { return strings.HasSuffix(name, "weight") },
	}
	file, err := weights.Read("testdata/mlp.pth")
	if err != nil {
		log.Fatal(err)
	}
	trainer := &train.Trainer{
		Model: graph.Sequential{graph.Dense{Units: 3}, graph.Tanh, graph.Dense{Units: 1}}, Loss: graph.MSE{},
		Params: graph.NewParams(tensor.Float32, 1),
	}
	if err := fromTorch.Load(trainer.Params, file.Tensors); err != nil {
		log.Fatal(err)
	}
	x := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float32{0.5, -1, 2, 0.25}))
	y, err := trainer.Predict(context.Background(), x)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.4f\n", y.Float32s())
	// Output: [-0.0887 0.0364]
}
