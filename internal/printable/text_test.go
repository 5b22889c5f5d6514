package printable

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "",
		"\x1b[31mred\x1b[0m": `\x1b[31mred\x1b[0m`,
		"a\nb\r\tc\x00\x7f":  `a\nb\r\tc\x00\x7f`,
		"\u009b31m":          `\u009b31m`, // a C1 control, which some terminals obey as ESC [
		"abc\u202efed\u202c": `abc\u202efed\u202c`,
		"\u2066a\u2069\u200e\u200f\u061c\u2028\u2029": `\u2066a\u2069\u200e\u200f\u061c\u2028\u2029`,
		"de\u200bn\u2060se\ufeff\u00ad":               `de\u200bn\u2060se\ufeff\u00ad`,
		"de\u200dnse":                                 `de\u200dnse`,
		"层\u200d1":                                    `层\u200d1`,
		"\u3164\U000e0041":                            `\u3164\U000e0041`, // a letter that is blank, and an invisible copy of A
		"a\xff\xc3(\xed\xa0\x80":                      `a\xff\xc3(\xed\xa0\x80`,
	} {
		got := Text(text)
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		if again := Text(got); again != got {
			t.Errorf("%q is escaped twice: %q", text, again)
		}
	}
}

// What can be seen stays as it is.
func TestTextThatIsPrintable(t *testing.T) {
	for _, text := range []string{
		"block3/dense1", `C:\nets\new`, "普通网络　一", "e\u0301 о\u0308", "🙂 👩🏽\u200d💻 ❤\ufe0f\u200d🔥", "می\u200cخواهم", "क्\u200dष", "\u0600١٢", "\ufffd", "a\u00a0b",
	} {
		if got := Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestWriter(t *testing.T) {
	var b bytes.Buffer
	text := "a\tb\n\x1b[2J\u202e"
	if n, err := (Writer{&b}).Write([]byte(text)); err != nil || n != len(text) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if want := "a\tb\n" + `\x1b[2J\u202e`; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x1b\u202e\u200d\xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := Text(text)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\x1b\n\r\u009b\u202e\u2066\u2028") {
			t.Errorf("%q became %q", text, got)
		}
		if Text(got) != got {
			t.Errorf("%q became %q, and that %q", text, got, Text(got))
		}
	})
}
