// Package text makes datasets of texts, character by character, for models that predict the next character.
//
//	corpus, err := text.Opticks()
//	...
//	train, held, err := corpus.Split(0.1)           // the last tenth of the text is held out
//	...
//	set, err := train.Windows(text.Windows{Length: 128})
//	trainer := train.Trainer{
//		Model: transformer.GPT{Vocabulary: corpus.Size(), Context: 128, ...}, Loss: graph.CrossEntropy{},
//	}
//
// A sample is a window of the text: the tokens of its characters are the column "tokens" (N, Length) of int, the first input of the
// model, and the targets (N, Length) are the tokens of the characters that come next. The loss in nats, divided by ln 2, is the number
// of bits for each character: see [Bits].
//
// A [Writer] writes text with a trained model.
//
// The package carries a text: Newton's Opticks, which is in the public domain. The folder opticks says where it is from.
package text
