package report

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/browser"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

// namesIn are the texts of a profile that are not translated: the names of the network, its layers, their cells, and blocks.
func namesIn(p vanishing.Profile) []string {
	names := []string{p.Name, p.Optimizer.String(), "layer with a long one"} // which is cut
	for _, l := range p.Layers {
		names = append(names, l.Path, l.Init.String())
	}
	for _, s := range p.Sequences {
		names = append(names, string(s.Cell))
	}
	for _, b := range p.Blocks {
		names = append(names, b.Path)
	}
	for _, s := range p.Sequences {
		names = append(names, string(s.Cell))
		names = append(names, strings.ReplaceAll(string(s.Cell), "_", `\_`)) // in Markdown
	}
	for _, t := range p.Trials {
		names = append(names, t.Name, t.Code, t.Note)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) }) // block1/dense1 before dense1
	return names
}

// subjects are profiles of all kinds.
func subjects() map[string]vanishing.Profile {
	all := reporttest.Odd()
	maps.Copy(all, map[string]vanishing.Profile{
		"sigmoid": madeup.Sigmoid(), "normed": madeup.Normed(), "residual": madeup.Residual(), "broken": madeup.Broken(),
		"blocks": reporttest.Residual(6), "full": reporttest.Full(),
	})
	return all
}

// A report of a Chinese diagnosis has no English except identifiers and names, and its lines keep their width.
func TestChineseReports(t *testing.T) {
	writers := map[string]func(io.Writer, ...vanishing.Diagnosis) error{
		"table":    func(w io.Writer, d ...vanishing.Diagnosis) error { return Text{}.Table(w, d[0]) },
		"wide":     func(w io.Writer, d ...vanishing.Diagnosis) error { return Text{Width: 1e6}.Table(w, d[0]) },
		"compare":  Text{}.Compare,
		"bars":     Text{}.Bars,
		"markdown": Markdown,
	}
	for name, p := range subjects() {
		d := vanishing.DiagnoseIn(vanishing.Chinese, p)
		for kind, write := range writers {
			var b bytes.Buffer
			if err := write(&b, d); err != nil {
				t.Fatal(err)
			}
			if words := reporttest.English(b.String(), namesIn(p)...); len(words) > 0 && kind != "compare" && kind != "table" { // which cut names
				t.Errorf("%s, %s: %q in\n%s", name, kind, words, b.String())
			}
			for line := range strings.Lines(b.String()) {
				if n := lang.Width(strings.TrimSuffix(line, "\n")); n > 100 && kind != "markdown" && kind != "wide" {
					t.Errorf("%s, %s: %d columns: %s", name, kind, n, line)
				}
			}
		}
	}
}

// JSON and CSV are the same in all languages.
func TestProgramsReadEnglish(t *testing.T) {
	for name, p := range subjects() {
		for kind, write := range map[string]func(io.Writer, ...vanishing.Diagnosis) error{"JSON": JSON, "CSV": CSV} {
			var english, chinese bytes.Buffer
			if err := write(&english, vanishing.Diagnose(p)); err != nil {
				t.Fatal(err)
			}
			if err := write(&chinese, vanishing.DiagnoseIn(vanishing.Chinese, p)); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(english.Bytes(), chinese.Bytes()) {
				t.Errorf("%s: %s differs", name, kind)
			}
		}
	}
}

// collect keeps the texts that are drawn on canvases.
const collect = `window.drawn = new Set();
const fill = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) { drawn.add(String(text)); return fill.call(this, text, ...rest); };`

// visible is all text of the page, written, drawn or read aloud, except code.
const visible = `document.querySelectorAll('details').forEach((d) => { d.open = true; });
const texts = [document.title, ...drawn];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  if (!walker.currentNode.parentNode.closest('script, style, code, noscript')) texts.push(walker.currentNode.data);
}
document.querySelectorAll('[aria-label]:not(.copy)').forEach((e) => texts.push(e.getAttribute('aria-label')));
return texts.join('\n');`

func TestChinesePageInBrowser(t *testing.T) {
	b := browser.Open(t)
	b.DevTools(nil, "Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": collect})
	b.View(1280, 900, "light")
	for name, p := range subjects() {
		var language, text string
		b.Go(writtenIn(t, vanishing.Chinese, p))
		b.Settle()
		b.Run(&language, "return document.documentElement.lang")
		b.Run(nil, "sections.forEach((one) => one.draw())")
		b.Run(&text, visible)
		if words := reporttest.English(text, namesIn(p)...); len(words) > 0 || language != "zh" {
			t.Errorf("%s, language %q: %q in\n%s", name, language, words, text)
		}
		quiet(t, b)
	}
}
