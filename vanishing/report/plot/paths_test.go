package plot

import (
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestPathsShowsWhatIsMeasuredAndExpected(t *testing.T) {
	f, err := Paths(vanishing.Diagnose(reporttest.Residual(20)))
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	for _, want := range []string{">step 0, 8.0 branches on average<", ">expected at initialisation<", ">1e0<", ">1e-8<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if _, err := Paths(vanishing.Diagnose(reporttest.Plain("plain", reporttest.Falling(5, 0.5)))); err == nil || !strings.Contains(err.Error(), "no path-length spectrum: nothing to draw") {
		t.Errorf("of a plain network: %v", err)
	}
	empty := reporttest.Residual(3)
	empty.Paths = []profile.Paths{{Shares: []profile.Number{profile.Number(math.NaN()), 0}}}
	if _, err := Paths(vanishing.Diagnose(empty)); err == nil {
		t.Error("a spectrum of NaN and zero is drawn")
	}
}
