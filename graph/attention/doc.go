// Package attention has the layers of Transformers (Vaswani et al. 2017): embeddings, positions, attention with several heads,
// feed-forward networks, and stacks of them.
//
//	x := attention.Embedding{Rows: 65, Width: 128}.Apply(b, tokens)  // (batch, time) of int to (batch, time, width)
//	x = attention.LearnedPositions{Max: 256}.Apply(b, x)
//	x = attention.Encoder{Config: attention.Config{Layers: 6, Heads: 4, Causal: true}}.Apply(b, x)
//
// Sequences are (batch, time, width). Sequences of different lengths are padded to one length; an input of the program with the name
// [Config.Lengths], of int and of shape (batch), tells how many positions of each hold something. No position sees padding, so a
// sequence has the same numbers in a batch as alone.
//
// [Encoder] is a stack of layers of self-attention; with Causal it is the decoder of GPT. [Decoder] attends to the output of an
// encoder too. [Placement] says where the residual and the normalisation are, which decides whether a deep stack trains at all.
//
// Parameters have the names of PyTorch's nn.TransformerEncoder and nn.TransformerDecoder, by [TorchName]. Matrices of linear maps are
// the transposes of PyTorch's: (in, out).
package attention
