package text

import (
	"math"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/internal/files"
)

// A Corpus is a text as numbers of its characters.
type Corpus struct {
	*Vocabulary
	Tokens []int
}

// New makes a corpus of a text, with the vocabulary of its characters.
func New(text string) (*Corpus, error) {
	v, err := NewVocabulary(text)
	if err != nil {
		return nil, err
	}
	return v.Corpus(text)
}

// Corpus makes a corpus of a text in a vocabulary, such as that of a model that has been trained.
func (v *Vocabulary) Corpus(text string) (*Corpus, error) {
	tokens, err := v.Encode(text)
	if err != nil {
		return nil, err
	}
	return &Corpus{v, tokens}, nil
}

// maxFile is the largest file of a text, in bytes. As windows a text takes about 25 times as much memory.
const maxFile = 256 << 20

// Read makes a corpus of a file, without the byte-order mark that some editors put before a text. It reads pipes, too, but no devices, and at
// most 256 MiB; [New] takes a text of any size.
func Read(path string) (*Corpus, error) {
	text, err := files.Read(path, maxFile, `cut the text, as with "head -c 256M"; in Go, text.New takes any`)
	if err != nil {
		return nil, errors.Wrap(err, "text")
	}
	c, err := New(strings.TrimPrefix(string(text), "\uFEFF"))
	return c, errors.Wrap(err, path)
}

// Split holds the last share of the text out, between 0 and 1. Both parts share the vocabulary and the memory of the corpus.
func (c *Corpus) Split(share float64) (rest, held *Corpus, err error) {
	n := len(c.Tokens)
	if !(share > 0 && share < 1) || n < 2 {
		return nil, nil, errors.Errorf("text: hold-out: got a share of %v of %d characters, want a number between 0 and 1 of at least 2", share, n)
	}
	at := n - min(max(int(math.Round(share*float64(n))), 1), n-1)
	return &Corpus{c.Vocabulary, c.Tokens[:at]}, &Corpus{c.Vocabulary, c.Tokens[at:]}, nil
}

// TokensColumn is the name of the column of tokens.
const TokensColumn = "tokens"

// Windows says how a text is cut into samples.
type Windows struct {
	Length int // number of characters of a sample
	Stride int // characters from the beginning of a sample to that of the next; 0 means Length: each character is predicted once
}

// Windows cuts a text into samples: tokens (N, Length) in the column [TokensColumn], and targets Y (N, Length), the tokens that follow each.
// Characters after the last whole window are left out. A trainer shuffles the samples by its seed.
func (c *Corpus) Windows(w Windows) (*data.Dataset, error) {
	if w.Length <= 0 || w.Stride < 0 {
		return nil, errors.Errorf("text: windows: got Length %d and Stride %d, want positive numbers, or a Stride of 0 for Length", w.Length, w.Stride)
	}
	stride := w.Stride
	if stride == 0 {
		stride = w.Length
	}
	if len(c.Tokens) <= w.Length {
		return nil, errors.Errorf("text: windows: got a text of %d characters, want more than Length %d", len(c.Tokens), w.Length)
	}
	n := (len(c.Tokens)-w.Length-1)/stride + 1
	tokens, next := make([]int, 0, n*w.Length), make([]int, 0, n*w.Length)
	for i := range n {
		at := i * stride
		tokens = append(tokens, c.Tokens[at:at+w.Length]...)
		next = append(next, c.Tokens[at+1:at+1+w.Length]...)
	}
	table := func(values []int) *tensor.Dense {
		return tensor.New(tensor.WithShape(n, w.Length), tensor.WithBacking(values))
	}
	return &data.Dataset{Columns: []data.Column{{Name: TokensColumn, Values: table(tokens)}}, Y: table(next)}, nil
}

// Bits is a loss in nats as bits for each character.
func Bits(loss float64) float64 { return loss / math.Ln2 }
