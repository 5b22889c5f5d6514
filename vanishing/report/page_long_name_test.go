package report

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/browser"
)

// Names of networks without a space do not make the page wider than the screen of a phone.
func TestPageOfLongNames(t *testing.T) {
	b := browser.Open(t)
	list := fourNetworks()
	for i := range list {
		list[i].Name = strings.Repeat("x", 140) + list[i].Name
	}
	address := written(t, list...)
	for _, width := range []int{390, 1280} {
		b.View(width, 844, "light")
		b.Go(address)
		b.Settle()
		overflow := 0
		b.Run(&overflow, "return document.documentElement.scrollWidth - innerWidth")
		if overflow > 0 {
			t.Errorf("at %d pixels the page is %d too wide", width, overflow)
		}
	}
	quiet(t, b)
}
