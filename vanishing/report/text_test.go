package report

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestWrap(t *testing.T) {
	const text = "Every line is as long as it may be, and no longer than that; words  are never cut, and R² stays or does not stay as it was."
	want := "Every line is as long as it may be, and no longer than that; words are never\ncut, and R² stays or does not stay as it was.\n"
	if got := (Text{Width: 76}).wrap(text); got != want {
		t.Errorf("got %q", got)
	}
	if got := (Text{ASCII: true}).wrap("R² = 1…"); got != "R^2 = 1...\n" {
		t.Errorf("in ASCII: got %q", got)
	}
	if got := (Text{}).wrap(" "); got != "" {
		t.Errorf("of nothing: got %q", got)
	}
}

func TestBar(t *testing.T) {
	for _, c := range []struct {
		length         float64
		unicode, ascii string
	}{
		{0, "▏   ", "#   "}, {0.03, "▏   ", "#   "}, {0.5, "██  ", "##  "}, {0.66, "██▋ ", "### "},
		{0.99, "████", "####"}, {1, "████", "####"},
	} {
		if got := (Text{}).bar(c.length, 4); got != c.unicode {
			t.Errorf("%g: got %q, want %q", c.length, got, c.unicode)
		}
		if got := (Text{ASCII: true}).bar(c.length, 4); got != c.ascii {
			t.Errorf("%g in ASCII: got %q, want %q", c.length, got, c.ascii)
		}
	}
}

func TestColumn(t *testing.T) {
	for _, c := range []struct {
		height         float64
		unicode, ascii string // from the bottom
	}{
		{0, "▁   ", "#   "}, {0.5, "██  ", "##  "}, {0.66, "██▅ ", "### "}, {1, "████", "####"},
	} {
		unicode, ascii := "", ""
		for row := range 4 {
			unicode += Text{}.column(c.height, row, 4)
			ascii += Text{ASCII: true}.column(c.height, row, 4)
		}
		if unicode != c.unicode || ascii != c.ascii {
			t.Errorf("%g: got %q and %q, want %q and %q", c.height, unicode, ascii, c.unicode, c.ascii)
		}
	}
}

func TestUnicodeLocale(t *testing.T) {
	for _, c := range []struct {
		all, ctype, lang string
		want             bool
	}{
		{"", "", "", true}, {"", "", "en_GB.UTF-8", true}, {"", "", "C", false}, {"C", "", "en_GB.UTF-8", false},
		{"", "C.utf8", "C", true}, {"", "", "POSIX", false},
	} {
		got := unicodeLocale(func(name string) string {
			return map[string]string{"LC_ALL": c.all, "LC_CTYPE": c.ctype, "LANG": c.lang}[name]
		})
		if got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

func TestColours(t *testing.T) {
	for _, c := range []struct {
		no, force, term string
		terminal, want  bool
	}{
		{"", "", "xterm", true, true}, {"", "", "xterm", false, false}, {"1", "", "xterm", true, false}, {"1", "1", "xterm", true, false},
		{"", "1", "dumb", false, true}, {"", "0", "xterm", false, false}, {"", "0", "xterm", true, true}, {"", "", "dumb", true, false},
		{"", "", "", true, true},
	} {
		got := colored(func(name string) string {
			return map[string]string{"NO_COLOR": c.no, "CLICOLOR_FORCE": c.force, "TERM": c.term}[name]
		}, c.terminal)
		if got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

// escapes are the colours of a report.
var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Without its escape sequences a coloured report is the plain one.
func TestColoursAddNothing(t *testing.T) {
	for name, p := range reporttest.Odd() {
		colored := textTable(t, Text{Color: true}, p)
		if !strings.Contains(colored, "\x1b[") {
			t.Errorf("%s: no colours", name)
		}
		if got, want := escapes.ReplaceAllString(colored, ""), textTable(t, Text{}, p); got != want {
			t.Errorf("%s: got:\n%s\nwant:\n%s", name, got, want)
		}
	}
}

func TestTextForWhatIsNoTerminal(t *testing.T) {
	t.Setenv("CLICOLOR_FORCE", "")
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, got := range []Text{TextFor(file), TextFor(&bytes.Buffer{})} {
		if got != (Text{}) {
			t.Errorf("got %+v, want the zero value", got)
		}
	}
}
