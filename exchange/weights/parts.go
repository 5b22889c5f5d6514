package weights

import "strings"

// A Part is a part of a model with a naming of its own, such as the stack of a Transformer between an embedding and an output.
type Part struct {
	Scope  string // of its parameters here, as "layers"; "" is the whole model
	Module string // of its tensors in the other library, as "encoder.layers"; "" is the whole model
	Naming Naming // of the names below both
}

// Parts is the naming of a model that is made of parts. A parameter belongs to the part with the longest scope that it is in, and a tensor
// to that with the longest module. A parameter in no part has the same name in the other library, with dots for slashes.
//
// This one is of a transformer.Classifier whose twin in PyTorch has the modules embed, encoder (nn.TransformerEncoder) and out (nn.Linear), and
// a parameter positions:
//
//	weights.Parts(
//		weights.Part{Scope: "embedding", Module: "embed"},
//		weights.Part{Scope: "positions1", Naming: weights.Naming{Name: func(string) string { return "positions" }}},
//		weights.Part{Scope: "layers", Module: "encoder.layers", Naming: weights.TorchTransformer},
//		weights.Part{Scope: "head", Module: "out", Naming: weights.TorchLinear},
//	)
func Parts(parts ...Part) Naming {
	return Naming{
		Name: func(parameter string) string {
			part, below := longest(parts, parameter, "/", func(p Part) string { return p.Scope })
			switch {
			case part == nil:
				return strings.ReplaceAll(parameter, "/", ".")
			case part.Naming.Name != nil:
				below = part.Naming.Name(below)
			}
			if part.Module == "" {
				return below
			}
			return part.Module + "." + below
		},
		Transposed: func(name string) bool {
			part, below := longest(parts, name, ".", func(p Part) string { return p.Module })
			return part != nil && part.Naming.Transposed != nil && part.Naming.Transposed(below)
		},
	}
}

// longest is the part whose folder, a scope or a module, is the longest that a name is in, and the name below it; nil if it is in none.
func longest(parts []Part, name, separator string, folder func(Part) string) (part *Part, below string) {
	for i, p := range parts {
		rest, in := name, true
		if f := folder(p); f != "" {
			rest, in = strings.CutPrefix(name, f+separator)
		}
		if in && (part == nil || len(folder(p)) > len(folder(*part))) {
			part, below = &parts[i], rest
		}
	}
	return part, below
}
