package weights

import (
	"strings"

	"github.com/gradflow/gradflow/graph/attention"
)

// TorchTransformer names the parameters of attention.Encoder and attention.Decoder as nn.TransformerEncoder and nn.TransformerDecoder of PyTorch
// do. In a scope, as "stack/layers/0/norm1/weight", the names are those of a module of that name.
var TorchTransformer = Naming{Name: attention.TorchName, Transposed: isTorchMap}

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
