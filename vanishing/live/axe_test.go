package live

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/browser"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

// The page of a run in training has no serious barriers, with the bar of its progress.
func TestLivePagePassesAxe(t *testing.T) {
	b := browser.Open(t)
	s := &Server{}
	s.Expect(2)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	step(t, begin(t, s, &fixed{madeup.Sigmoid()}))
	for _, theme := range []string{"light", "dark"} {
		b.View(1280, 900, theme)
		b.Go(s.URL())
		b.Until("document.querySelector('.running progress')?.checkVisibility()")
		b.Settle()
		for _, violation := range b.Axe() {
			t.Errorf("%s: %s", theme, violation)
		}
	}
	quiet(t, b)
}
