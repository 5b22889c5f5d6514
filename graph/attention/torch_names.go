package attention

import "strings"

// TorchName is PyTorch's name of a parameter of an [Encoder], a [Decoder] or a [MultiHead]: "layers.0.self_attn.in_proj_weight" of
// "layers/0/self_attn/in_proj_weight", and "layers.0.linear1.weight" of "layers/0/ff/linear1/weight". All vectors have PyTorch's shapes, and
// matrices are transposed. Gated networks, norms of queries and keys and the numbers of ReZero have no counterpart.
func TorchName(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "/ff/", "/"), "/", ".")
}
