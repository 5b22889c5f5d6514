package report

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/browser"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

// The page has a row for each recurrent layer, relative to the last step of the last one, and nothing without recurrent layers.
func TestSequencesOnThePage(t *testing.T) {
	b := browser.Open(t)
	p := reporttest.Recurrent()
	for i := range p.Records[0].Details.Sequences[1].DeltaRMS {
		p.Records[0].Details.Sequences[1].DeltaRMS[i] *= 4
	}
	p.Sequences[0].Theory.Delta[0] = -3 // the layer is measured at another size there
	for _, width := range []int{1280, 390} {
		b.View(width, 9000, "light")
		open(t, b, p)
		var label string
		var overflow int
		b.Run(&label, "return document.querySelector('#sequences .plane canvas').getAttribute('aria-label')")
		b.Run(&overflow, "return document.documentElement.scrollWidth - innerWidth")
		if !strings.Contains(label, "2 layers by 7 steps back") || overflow > 0 {
			t.Errorf("%d: got the map %q, want 2 layers by 7 steps back; %d pixels wider than the window", width, label, overflow)
		}
		if faint := b.Faint(); len(faint) > 0 {
			t.Errorf("%d: no ink in %q", width, faint)
		}
	}
	b.Run(nil, "document.querySelector('#sequences .plane canvas').focus()")
	for range 3 { // to the third lag of the upper row
		b.Press("ArrowRight")
	}
	reads(t, b, "relative gradient", 0.81)
	for range 5 { // there is one row below, no more
		b.Press("ArrowDown")
	}
	reads(t, b, "relative gradient", math.Pow(0.5, 2)/4)
	if text := b.Text(".tip"); !strings.Contains(text, "dense1") {
		t.Errorf("the pointer reads %q, want the first layer", text)
	}
	if note := b.Text("#sequences .note"); !strings.Contains(note, "dense1: 2 and –.") {
		t.Errorf("got the note %q, want the horizons", note)
	}
	b.Run(nil, "document.querySelector('#sequences .lines').focus()")
	b.Press("ArrowRight") // the theory begins where its layer does, which is not where the last one does
	reads(t, b, "dense1", 0.25)
	reads(t, b, "dense1, theory", 0.25)
	reads(t, b, "dense2", 1)
	for range 6 {
		b.Press("ArrowRight")
	}
	reads(t, b, "dense1, theory", 1e-3/4)
	reads(t, b, "dense2", math.Pow(0.9, 6))
	if text := b.Text(".tip"); !strings.Contains(text, "6 steps back") {
		t.Errorf("the pointer reads %q, want the first step", text)
	}
	quiet(t, b)

	open(t, b, madeup.Residual())
	var hidden bool
	b.Run(&hidden, "return document.querySelector('#sequences').hidden")
	if !hidden {
		t.Error("the section is shown without recurrent layers")
	}
}
