package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/browser"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

// onPaper is the width of the printed part of A4 in pixels, with the page's margins.
const onPaper = 703

// On paper each network has a chapter with all its charts, nothing is wider than the paper, and all folds are open.
func TestPrintHoldsEveryNetwork(t *testing.T) {
	b := browser.Open(t)
	b.View(1280, 900, "light")
	open(t, b, fourNetworks()...)
	b.Run(nil, "window.dispatchEvent(new Event('beforeprint'))")
	var titles, wide []string
	b.Run(&titles, "return [...document.querySelectorAll('.chapter > h2')].map((e) => e.textContent)")
	if want := []string{"plain sigmoid", "plain ReLU, small init", "plain ReLU + BN", "residual ReLU"}; !slices.Equal(titles, want) {
		t.Errorf("got the chapters %q, want %q", titles, want)
	}
	b.Run(&wide, `
		const left = document.querySelector('main').getBoundingClientRect().left;
		return [...document.querySelectorAll('main section, main canvas')].filter((e) => e.getBoundingClientRect().right - left > arguments[0]).map((e) => e.className);`, onPaper)
	if len(wide) > 0 {
		t.Errorf("wider than the paper: %q", wide)
	}
	var folded, shown int
	b.Run(&folded, "return document.querySelectorAll('#verdicts details:not([open])').length")
	b.Run(&shown, "return [...document.querySelectorAll('.chapter .budget')].filter((e) => e.checkVisibility()).length")
	if folded > 0 || shown != 4 {
		t.Errorf("got %d closed folds and %d budgets, want none and 4", folded, shown)
	}
	if faint := b.Faint(); len(faint) > 0 {
		t.Errorf("no ink in %q", faint)
	}
	b.Run(nil, "window.dispatchEvent(new Event('afterprint'))")
	b.Run(&shown, "return document.querySelectorAll('.chapter').length")
	if shown != 0 {
		t.Errorf("%d chapters stay on the screen", shown)
	}
	quiet(t, b)
}

// Sections with nothing to show are hidden, and shown for a network that has it.
func TestEmptySectionsAreHidden(t *testing.T) {
	b := browser.Open(t)
	b.View(1280, 9000, "light")
	bare := madeup.Network{Name: "bare", Layers: 12, Steps: 5, Factor: 0.5, Activation: "tanh", Bare: true}.Profile()
	twin := madeup.Residual() // without skips: its blocks have a signal, but no parts of the gradient
	for i := range twin.Records {
		if d := twin.Records[i].Details; d != nil {
			clear(d.Blocks)
		}
	}
	twin.Paths = nil
	open(t, b, bare, madeup.Residual(), twin)
	visible := func() (list []string) {
		b.Settle()
		b.Run(&list, "return [...document.querySelectorAll('.network > section')].filter((e) => e.checkVisibility()).map((e) => e.id)")
		return list
	}
	if got, want := visible(), []string{"layers"}; !slices.Equal(got, want) {
		t.Errorf("of norms alone the page shows %q, want %q", got, want)
	}
	b.Run(nil, "document.querySelectorAll('.tabs button')[1].click()")
	if got, want := visible(), []string{"budget", "updates", "shares", "histograms", "residual", "signal", "sharpness", "trials", "layers"}; !slices.Equal(got, want) {
		t.Errorf("the page shows %q, want %q", got, want)
	}
	if text := b.Text("#signal .legend"); !strings.Contains(text, "theory at initialisation") {
		t.Errorf("the signal has the legend %q", text)
	}
	b.Run(nil, "document.querySelectorAll('.tabs button')[2].click()")
	if got, want := visible(), []string{"budget", "updates", "shares", "histograms", "signal", "sharpness", "trials", "layers"}; !slices.Equal(got, want) {
		t.Errorf("without skips the page shows %q, want %q", got, want)
	}
	quiet(t, b)
}

// The bars of the remedies begin at one line, and the small profiles have one scale: the steepest fills its height, others do not.
func TestRemediesShareTheirScales(t *testing.T) {
	b := browser.Open(t)
	b.View(1280, 9000, "light")
	p := madeup.Sigmoid()
	open(t, b, p)
	var zeros []float64
	b.Run(&zeros, `return [...document.querySelectorAll('.effect')].map((e) => { const r = e.getBoundingClientRect(); return r.left + r.width / 2; })`)
	if len(zeros) != 4 || slices.Max(zeros)-slices.Min(zeros) > 0.1 {
		t.Errorf("the zero lines are at %v, want one place", zeros)
	}
	var heights []float64
	b.Run(&heights, `return [...document.querySelectorAll('#trials canvas')].map((canvas) => {
		const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
		const rows = [];
		for (let i = 3; i < data.length; i += 4) if (data[i] > 0) rows.push(Math.floor(i / 4 / canvas.width));
		return Math.max(...rows) - Math.min(...rows);
	})`)
	if len(heights) != 4 || heights[3] < 45 || heights[0] > 15 {
		t.Errorf("the profiles take %v pixels of 60, want most of them for the steepest and few for the level ones", heights)
	}
	quiet(t, b)
}
