// Package rnn builds recurrent networks of the layers of package recurrent:
//
//   - [LanguageModel] predicts each next token of a text from those before it.
//   - [Classifier] gives a class, or numbers, to each sequence, of tokens or of numbers.
//
// Both share [Config]:
//
//	model := rnn.LanguageModel{Vocabulary: 65, Config: rnn.Config{Cell: rnn.LSTM, Units: 256, Layers: 2, ForgetBias: 1}}
//
// Tokens are an input of int, (batch, time): the first column of a dataset without X. Package data/text makes such datasets, and
// data/sequences has problems of long memory.
package rnn
