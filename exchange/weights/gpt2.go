package weights

import (
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
)

// HuggingFaceGPT2 names the parameters of [transformer.GPT] as GPT2LMHeadModel of Hugging Face's transformers does, for the networks that
// [transformer.NamedGPT] gives: learned positions, norms first, the tanh approximation of GELU. No matrix is transposed, as Conv1D there
// has weights (in, out).
//
// It also loads files of the model without its head, whose names lack "transformer.", as gpt2 itself has them. Masks of attention are left
// out, and so is the weight of the head where it is the embedding again; another one needs GPT.Untied.
//
// [transformer.GPT]: https://pkg.go.dev/github.com/gradflow/gradflow/models/transformer#GPT
// [transformer.NamedGPT]: https://pkg.go.dev/github.com/gradflow/gradflow/models/transformer#NamedGPT
var HuggingFaceGPT2 = Naming{Name: huggingFaceGPT2, prepare: prepareGPT2}

// Names of GPT-2 there.
const (
	gpt2Module    = "transformer."
	gpt2Head      = "lm_head.weight"
	gpt2Embedding = "transformer.wte.weight"
)

var (
	gpt2Ends  = strings.NewReplacer("embedding/", gpt2Module+"wte.", "positions1/", gpt2Module+"wpe.", "norm/", gpt2Module+"ln_f.", "head/", "lm_head.")
	gpt2Layer = strings.NewReplacer("/norm1/", ".ln_1.", "/norm2/", ".ln_2.", "/self_attn/in_proj_", ".attn.c_attn.", "/self_attn/out_proj/", ".attn.c_proj.",
		"/ff/linear1/", ".mlp.c_fc.", "/ff/linear2/", ".mlp.c_proj.")
)

func huggingFaceGPT2(parameter string) string {
	if layer, ok := strings.CutPrefix(parameter, "layers/"); ok {
		return gpt2Module + "h." + gpt2Layer.Replace(layer)
	}
	return gpt2Ends.Replace(parameter)
}

// prepareGPT2 gives the tensors of a file their names in the whole model, and leaves out what is no parameter of its own.
func prepareGPT2(tensors []safetensors.Named) ([]safetensors.Named, error) {
	var list []safetensors.Named
	values := make(map[string]*tensor.Dense)
	for _, t := range tensors {
		if strings.HasSuffix(t.Name, ".attn.bias") || strings.HasSuffix(t.Name, ".attn.masked_bias") {
			continue
		}
		if t.Name != gpt2Head && !strings.HasPrefix(t.Name, gpt2Module) {
			t.Name = gpt2Module + t.Name
		}
		if values[t.Name] != nil {
			return nil, errors.Errorf("weights: got the tensor %q with and without %q, want it once", t.Name, gpt2Module)
		}
		values[t.Name] = t.Value
		list = append(list, t)
	}
	if head, table := values[gpt2Head], values[gpt2Embedding]; head != nil && table != nil && sameValues(head, table) {
		list = slices.DeleteFunc(list, func(t safetensors.Named) bool { return t.Name == gpt2Head })
	}
	return list, nil
}

// sameValues tells whether two tensors hold the same numbers.
func sameValues(a, b *tensor.Dense) bool {
	if !a.Shape().Eq(b.Shape()) || a.Dtype() != b.Dtype() {
		return false
	}
	if x, ok := a.Data().([]float32); ok {
		return slices.Equal(x, b.Data().([]float32))
	}
	x, ok := a.Data().([]float64)
	return ok && slices.Equal(x, b.Data().([]float64))
}
