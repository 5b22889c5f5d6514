package report

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/browser"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

// The page has no serious barriers for people with disabilities, as far as axe-core can tell: of one network and of several, light
// and dark, on a computer and on a phone, with all folds open.
func TestPagePassesAxe(t *testing.T) {
	b := browser.Open(t)
	for name, address := range map[string]string{
		"four": written(t, fourNetworks()...), "one": written(t, madeup.Broken()), "residual": writtenIn(t, vanishing.Chinese, madeup.Residual()),
	} {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int{1280, 390} {
				b.View(width, 900, theme)
				b.Go(address)
				b.Run(nil, "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
				b.Settle()
				for _, violation := range b.Axe() {
					t.Errorf("%s, %s, %d pixels: %s", name, theme, width, violation)
				}
			}
		}
	}
	quiet(t, b)
}
