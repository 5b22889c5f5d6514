package transformer

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
)

// A size is that of a stack.
type size struct{ layers, width, heads int }

// gpts are the sizes of GPT-2 (Radford et al. 2019, table 2), and of small networks for characters.
var gpts = map[string]size{
	"gpt2": {12, 768, 12}, "gpt2-medium": {24, 1024, 16}, "gpt2-large": {36, 1280, 20}, "gpt2-xl": {48, 1600, 25},
	"gpt": {6, 256, 8}, "gpt-mini": {4, 128, 4},
}

// NamedGPT is the language model of a name, for a number of tokens and a longest sequence: those of GPT-2, and "gpt" (6 layers of width
// 256) and "gpt-mini" (4 layers of width 128) for characters. GPT-2 has 50,257 tokens and sequences of 1024.
func NamedGPT(name string, vocabulary, context int) (GPT, error) {
	s, known := gpts[name]
	if !known {
		return GPT{}, unknown(name, gpts)
	}
	m := GPT{
		Vocabulary: vocabulary, Context: context, Width: s.width,
		Config: attention.Config{Layers: s.layers, Heads: s.heads, Activation: graph.GELU},
	}
	if strings.HasPrefix(name, "gpt2") {
		m.Activation = graph.GELUTanh
	}
	return m, nil
}

// vits are the sizes of vision Transformers (Dosovitskiy et al. 2021, table 1; Touvron et al. 2021, table 1).
var vits = map[string]size{"vit-ti16": {12, 192, 3}, "vit-s16": {12, 384, 6}, "vit-b16": {12, 768, 12}, "vit-l16": {24, 1024, 16}}

// NamedViT is the vision Transformer of a name, with patches of 16 by 16 pixels, and the height and width of the images that it is meant
// for.
func NamedViT(name string, classes int) (m ViT, side int, err error) {
	s, known := vits[name]
	if !known {
		return m, 0, unknown(name, vits)
	}
	return ViT{
		Classes: classes, Patch: 16, Width: s.width, Pooling: ClassToken,
		Config: attention.Config{Layers: s.layers, Heads: s.heads, Activation: graph.GELU},
	}, 224, nil
}

// GPTNames are the names for [NamedGPT], and ViTNames those for [NamedViT].
func GPTNames() []string { return slices.Sorted(maps.Keys(gpts)) }
func ViTNames() []string { return slices.Sorted(maps.Keys(vits)) }

func unknown(name string, sizes map[string]size) error {
	return errors.Errorf("transformer: name: got %q, want one of %s", name, strings.Join(slices.Sorted(maps.Keys(sizes)), ", "))
}
