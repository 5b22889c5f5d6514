package report

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/browser"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

// The page has a map of each head, which the arrow keys read, and charts of what the heads and the tokens do.
func TestAttentionOnThePage(t *testing.T) {
	b := browser.Open(t)
	p := madeup.WithAttention(madeup.Network{Name: "net", Layers: 8, Steps: 7, Factor: 0.9, Activation: "relu", Residual: true}.Profile(), 2, 5, 20)
	for _, width := range []int{1280, 390} {
		b.View(width, 9000, "light")
		open(t, b, p)
		var maps, lines, overflow int
		b.Run(&maps, "return document.querySelectorAll('#attention .plane canvas').length")
		b.Run(&lines, "return document.querySelectorAll('#attention .uplot canvas').length")
		b.Run(&overflow, "return document.documentElement.scrollWidth - innerWidth")
		if maps != 2 || lines != 4 || overflow > 0 {
			t.Errorf("%d: got maps of %d attentions, want 2; %d charts, want 4; %d pixels wider than the window", width, maps, lines, overflow)
		}
		if faint := b.Faint(); len(faint) > 0 {
			t.Errorf("%d: no ink in %q", width, faint)
		}
	}
	b.Run(nil, "document.querySelector('#attention .plane canvas').focus()")
	b.Press("ArrowRight")
	reads(t, b, "share", 100) // the first position sees itself alone
	for range 17 {            // to the second column of the second head
		b.Press("ArrowRight")
	}
	b.Press("ArrowDown")
	records := p.Records
	m := records[len(records)-1].Histograms
	for i := len(records) - 1; m == nil; i-- {
		m = records[i].Histograms
	}
	reads(t, b, "share", float64(m.Attentions[0].Heads[1][16+1])/10)
	if text := b.Text(".tip"); !strings.Contains(text, "Head 2") || !strings.Contains(text, "5 to 8") {
		t.Errorf("the pointer reads %q, want the second part of head 2", text)
	}
	quiet(t, b)

	open(t, b, madeup.Residual())
	var hidden bool
	b.Run(&hidden, "return document.querySelector('#attention').hidden")
	if !hidden {
		t.Error("the section is shown without attention")
	}
}
