package report

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/browser"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// fourNetworks are as many as the command trains.
func fourNetworks() []vanishing.Profile {
	small := madeup.Sigmoid()
	small.Name = "plain ReLU, small init"
	return []vanishing.Profile{madeup.Sigmoid(), small, madeup.Normed(), madeup.Residual()}
}

// The first screen of a computer and of a phone shows the gradient over the depth and the verdicts of all networks.
func TestFirstScreenShowsTheAnswer(t *testing.T) {
	b := browser.Open(t)
	address := written(t, fourNetworks()...)
	for _, size := range [][2]int{{1280, 900}, {390, 844}} {
		b.View(size[0], size[1], "light")
		b.Go(address)
		b.Settle()
		var bottoms []float64
		b.Run(&bottoms, `return [...document.querySelectorAll('#profile .uplot, #profile .rows li')].map((e) => e.getBoundingClientRect().bottom)`)
		if len(bottoms) != 5 {
			t.Fatalf("%v: got %d parts, want a chart and four verdicts", size, len(bottoms))
		}
		for i, bottom := range bottoms {
			if bottom <= 0 || bottom > float64(size[1]) {
				t.Errorf("%v: part %d ends at pixel %g", size, i, bottom)
			}
		}
	}
	quiet(t, b)
}

// The card of the verdict holds the finding that says the same, with its remedy. Notes are folded until they are opened.
func TestCardsDoNotRepeatTheVerdict(t *testing.T) {
	b := browser.Open(t)
	b.View(1280, 6000, "light")
	p := madeup.Sigmoid()
	for i := range p.Records {
		for k := range p.Records[i].Details.Params {
			noise := profile.Number(1)
			p.Records[i].Details.Params[k].SNR = &noise
		}
	}
	open(t, b, p)
	var rules []string
	b.Run(&rules, `return [...document.querySelectorAll('.finding h3')].map((e) => e.textContent)`)
	found := map[string]bool{}
	for _, rule := range rules {
		found[rule] = true
	}
	if found["vanishing"] || !found["gradient-noise"] {
		t.Errorf("got the cards %q, want one of gradient-noise and none of vanishing", rules)
	}
	if text := b.Text(".answer .verdict"); len(text) < 100 {
		t.Errorf("the verdict's card says %q", text)
	}
	visible := func() (shown bool) {
		b.Run(&shown, `return document.querySelector('.notes .finding').checkVisibility()`)
		return shown
	}
	if visible() {
		t.Error("notes are shown before they are opened")
	}
	b.Run(nil, `document.querySelector('.notes summary').click()`)
	if !visible() {
		t.Error("notes stay folded")
	}
	quiet(t, b)
}
