package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func writeMarkdown(t *testing.T, profiles ...vanishing.Profile) string {
	t.Helper()
	var b bytes.Buffer
	if err := Markdown(&b, profiles...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Each table has as many cells in each row as in its head, whatever the names are: an unescaped | would add some.
func TestMarkdownTablesAreEven(t *testing.T) {
	var all []vanishing.Profile
	for _, name := range []string{"lost", "deep", "skips", "NaN later", "empty", "no records", "other scripts"} {
		all = append(all, reporttest.Odd()[name])
	}
	names := reporttest.Full()
	names.Name, names.Layers[0].Path = "a|b `c` <d> [e](f) *g* _h_ \n# i", "x|y\\|z"
	text := writeMarkdown(t, append(all, names, reporttest.Full())...)
	cells := 0
	tables := 0
	fenced := false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if fenced || !strings.HasPrefix(line, "|") {
			cells = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if cells == 0 {
			tables++
		} else if n != cells {
			t.Errorf("line %d has %d cells, want %d: %s", i, n-1, cells-1, line)
		}
		cells = n
	}
	if tables < 15 {
		t.Errorf("only %d tables", tables)
	}
}

// Outside the picture in a code fence, nothing in a name is Markdown or HTML.
func TestMarkdownOfNamesIsText(t *testing.T) {
	p := reporttest.Full()
	p.Name, p.Layers[0].Path = "a|b `c` <d> [e](f) *g* _h_ \n# i @j $k$ https://www.l.m", "<script>"
	fence := regexp.MustCompile("(?s)```.*?```")
	text := fence.ReplaceAllString(writeMarkdown(t, p), "")
	if want := "\n## a\\|b \\`c\\` &lt;d&gt; \\[e\\](f) \\*g\\* \\_h\\_ \\\\n\\# i &#64;j \\$k\\$ https\\://www\\.l.m: healthy\n"; !strings.Contains(text, want) {
		t.Errorf("%q is missing in:\n%s", want, text)
	}
	if strings.ContainsAny(text, "<>@") {
		t.Errorf("not escaped:\n%s", text)
	}
}

func TestMarkdownOfNothing(t *testing.T) {
	if got := writeMarkdown(t); got != "# How the gradients fare\n" {
		t.Errorf("got %q", got)
	}
}
