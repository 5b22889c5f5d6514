// Package transformer builds Transformers of the layers of package attention:
//
//   - [GPT] is a language model: it predicts each next token of a text from those before it.
//   - [Classifier] gives a class to each sequence of tokens.
//   - [ViT] gives a class to each image, which it reads as a sequence of patches.
//   - [EncoderDecoder] writes one sequence while it reads another.
//
// The models share [attention.Config], which is embedded in each:
//
//	model := transformer.GPT{
//		Vocabulary: 65, Context: 128, Width: 128,
//		Config: attention.Config{Layers: 4, Heads: 4, Activation: graph.GELU, Placement: attention.PreLN},
//	}
//
// Tokens are an input of int, (batch, time): the first column of a dataset without X. Package data/text makes such datasets. A trainer
// evaluates 1000 samples at once unless it is told otherwise: an EvalBatchSize of 32 long sequences needs far less memory.
//
// [NamedGPT] and [NamedViT] give the networks of the papers.
package transformer
