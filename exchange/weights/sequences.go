package weights

import (
	"strings"

	"github.com/gradflow/gradflow/graph/attention"
)

// TorchTransformer names the parameters of attention.Encoder and attention.Decoder as nn.TransformerEncoder and nn.TransformerDecoder of PyTorch
// do. In a scope, as "stack/layers/0/norm1/weight", the names are those of a module of that name; [Parts] gives it another.
var TorchTransformer = Naming{Name: attention.TorchName, Transposed: isTorchMap}

// TorchLinear names the parameters of [graph.Dense], and of other layers with a weight and a bias, as nn.Linear does. It is for a [Part].
//
// [graph.Dense]: https://pkg.go.dev/github.com/gradflow/gradflow/graph#Dense
var TorchLinear = Naming{Transposed: func(name string) bool { return name == "weight" }}

// isTorchMap tells which tensors of a Transformer are matrices.
func isTorchMap(name string) bool {
	if !strings.HasSuffix(name, "weight") {
		return false
	}
	for _, module := range []string{"in_proj_", "out_proj.", "linear1.", "linear2."} {
		if strings.Contains(name, module) {
			return true
		}
	}
	return false
}
