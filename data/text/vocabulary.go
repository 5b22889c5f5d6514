package text

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// A Vocabulary numbers characters, which are Unicode code points. Its zero value has none: make one with [NewVocabulary].
type Vocabulary struct {
	characters []rune
	numbers    map[rune]int
}

// NewVocabulary is the characters of a text, by code point. The same set of characters gives the same numbers.
func NewVocabulary(text string) (*Vocabulary, error) {
	if err := validate(text); err != nil {
		return nil, err
	}
	set := make(map[rune]int)
	for _, c := range text {
		set[c] = 0
	}
	v := &Vocabulary{slices.Sorted(maps.Keys(set)), set}
	for i, c := range v.characters {
		set[c] = i
	}
	return v, nil
}

// validate returns an error unless a text is UTF-8 and not empty.
func validate(text string) error {
	if text == "" {
		return errors.New("text: got an empty text, want at least one character")
	}
	if utf8.ValidString(text) {
		return nil
	}
	for at, c := range text {
		if _, size := utf8.DecodeRuneInString(text[at:]); c == utf8.RuneError && size == 1 {
			return errors.Errorf("text: byte %d, line %d: got %#x, want a text in UTF-8", at, lineOf(text, at), text[at])
		}
	}
	return nil
}

// lineOf is the line of a byte, from 1.
func lineOf(text string, at int) int { return len(strings.Split(text[:at], "\n")) }

// Size is the number of characters.
func (v *Vocabulary) Size() int { return len(v.characters) }

// Characters are all characters, in the order of their numbers. NewVocabulary makes an equal vocabulary of them.
func (v *Vocabulary) Characters() string { return string(v.characters) }

// Encode gives the numbers of the characters of a text. A character that the vocabulary does not have is an error that names it
// and its place.
func (v *Vocabulary) Encode(text string) ([]int, error) {
	if err := validate(text); err != nil {
		return nil, err
	}
	tokens := make([]int, 0, len(text))
	for at, c := range text {
		number, known := v.numbers[c]
		if !known {
			return nil, errors.Errorf("text: character %q (%U) at byte %d, line %d: got one that is not among the %d of the vocabulary",
				c, c, at, lineOf(text, at), v.Size())
		}
		tokens = append(tokens, number)
	}
	return tokens, nil
}

// Decode gives the text of numbers.
func (v *Vocabulary) Decode(tokens []int) (string, error) {
	characters := make([]rune, len(tokens))
	for i, token := range tokens {
		if token < 0 || token >= v.Size() {
			return "", errors.Errorf("text: token %d: got %d, want 0 to %d", i, token, v.Size()-1)
		}
		characters[i] = v.characters[token]
	}
	return string(characters), nil
}
