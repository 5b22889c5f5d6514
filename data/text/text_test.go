package text_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/text"
)

func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func corpus(t *testing.T, s string) *text.Corpus {
	t.Helper()
	c, err := text.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVocabulary(t *testing.T) {
	c := corpus(t, "naïve\nape")
	if got := c.Characters(); got != "\naenpvï" || c.Size() != 7 {
		t.Errorf("the characters are %q", got)
	}
	if want := []int{3, 1, 6, 5, 2, 0, 1, 4, 2}; !slices.Equal(c.Tokens, want) {
		t.Errorf("the tokens are %v, want %v", c.Tokens, want)
	}
	if got, err := c.Decode(c.Tokens); got != "naïve\nape" || err != nil {
		t.Errorf("decoded: %q, %v", got, err)
	}
	again, err := text.NewVocabulary(c.Characters())
	if err != nil || again.Characters() != c.Characters() {
		t.Errorf("a vocabulary of the characters has %q, %v", again.Characters(), err)
	}
}

func TestErrors(t *testing.T) {
	c := corpus(t, "naïve ape")
	_, err := c.Encode("ïa\nnü")
	wantError(t, err, `'\n'`, "U+000A", "byte 3", "line 1")
	_, err = c.Corpus("ape ape x")
	wantError(t, err, "'x' (U+0078)", "byte 8")
	_, err = c.Decode([]int{0, 8})
	wantError(t, err, "token 1: got 8, want 0 to 6")
	_, err = text.New("")
	wantError(t, err, "empty text")
	_, err = text.New("a\nb\xff")
	wantError(t, err, "byte 3, line 2", "0xff", "UTF-8")
	if _, err := text.New("a\uFFFDb"); err != nil {
		t.Errorf("the replacement character: %v", err)
	}
	for _, share := range []float64{0, 1, -1, math.NaN()} {
		_, _, err = c.Split(share)
		wantError(t, err, "hold-out", fmt.Sprint(share))
	}
	_, err = c.Windows(text.Windows{})
	wantError(t, err, "Length 0")
	_, err = c.Windows(text.Windows{Length: 9})
	wantError(t, err, "9 characters, want more than Length 9")
	_, err = text.Read(filepath.Join(t.TempDir(), "none"))
	wantError(t, err, "none")
}

func TestByteOrderMark(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(path, []byte("\uFEFFape"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := text.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Characters(); got != "aep" {
		t.Errorf("got the characters %q, want those of the text alone", got)
	}
}

// The target at each position is the token of the next one. Windows that follow one another predict each character but the first once.
func TestWindows(t *testing.T) {
	c := corpus(t, "abcdefgh")
	for _, w := range []struct {
		windows      text.Windows
		tokens, next []int
	}{
		{text.Windows{Length: 3}, []int{0, 1, 2, 3, 4, 5}, []int{1, 2, 3, 4, 5, 6}},
		{text.Windows{Length: 7}, []int{0, 1, 2, 3, 4, 5, 6}, []int{1, 2, 3, 4, 5, 6, 7}},
		{text.Windows{Length: 2, Stride: 3}, []int{0, 1, 3, 4}, []int{1, 2, 4, 5}},
		{text.Windows{Length: 1, Stride: 6}, []int{0, 6}, []int{1, 7}},
	} {
		d, err := c.Windows(w.windows)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Validate(); err != nil {
			t.Fatal(err)
		}
		tokens := d.Column(text.TokensColumn)
		if !slices.Equal(tokens.Ints(), w.tokens) || !slices.Equal(d.Y.Ints(), w.next) || tokens.Shape()[1] != w.windows.Length {
			t.Errorf("%+v: tokens %v of shape %v, next %v", w.windows, tokens.Ints(), tokens.Shape(), d.Y.Ints())
		}
	}
}

func TestSplit(t *testing.T) {
	c := corpus(t, "abcdefghij")
	rest, held, err := c.Split(0.3)
	if err != nil || len(rest.Tokens) != 7 || !slices.Equal(held.Tokens, []int{7, 8, 9}) || held.Size() != 10 {
		t.Errorf("%v, %v, %v", rest, held, err)
	}
}

func TestOpticks(t *testing.T) {
	c, err := text.Opticks()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Tokens) != 567_038 || c.Size() != 91 {
		t.Errorf("%d characters, %d different ones", len(c.Tokens), c.Size())
	}
	all, err := c.Decode(c.Tokens)
	if err != nil || !strings.Contains(all, "By Sir _ISAAC NEWTON_, Knt.") {
		t.Errorf("no title, %v", err)
	}
	path := filepath.Join(t.TempDir(), "opticks.txt")
	if err := os.WriteFile(path, []byte(all), 0o600); err != nil {
		t.Fatal(err)
	}
	if again, err := text.Read(path); err != nil || !slices.Equal(again.Tokens, c.Tokens) {
		t.Errorf("the file differs, %v", err)
	}
}

func ExampleCorpus_Windows() {
	corpus, err := text.New("to be or not to be")
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := corpus.Windows(text.Windows{Length: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	first, err := set.Slice(0, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	show(corpus, first)
	// Output:
	// "to be" is followed by "o be "
}

func show(c *text.Corpus, sample *data.Dataset) {
	tokens, _ := c.Decode(sample.Column(text.TokensColumn).Ints())
	next, _ := c.Decode(sample.Y.Ints())
	fmt.Printf("%q is followed by %q\n", tokens, next)
}
