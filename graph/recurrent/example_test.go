package recurrent_test

import (
	"fmt"
	"log"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/recurrent"
)

// A classifier of sequences of 100 steps with 28 features each.
func Example() {
	p, err := graph.Build(graph.Config{
		Model: graph.Sequential{
			recurrent.LSTM{Units: 128, Layers: 3, Residual: true, ForgetBias: 1, Last: true},
			graph.Dense{Units: 10},
		},
		Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{32, 100, 28}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(p.Structure())
	for _, w := range p.Weights[:4] {
		fmt.Println(w.Name, w.Value.Shape())
	}
	// Output:
	// network: 4 layers, depth 4, 2 blocks
	//   1 lstm1/l0: 28 + 128 -> 512, bias, lstm, recurrent over 100 steps
	//   lstm1: identity
	//     2 lstm1/l1: 128 + 128 -> 512, bias, lstm, recurrent over 100 steps
	//   lstm1#2: identity
	//     3 lstm1/l2: 128 + 128 -> 512, bias, lstm, recurrent over 100 steps
	//   4 dense1: 128 -> 10, bias
	// lstm1/weight_ih_l0 (512, 28)
	// lstm1/weight_hh_l0 (512, 128)
	// lstm1/bias_ih_l0 (512)
	// lstm1/bias_hh_l0 (512)
}
