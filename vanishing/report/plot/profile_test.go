package plot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/plotter"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestProfileNamesNetworksAndDecades(t *testing.T) {
	f, err := Profile(vanishing.DiagnoseAll(reporttest.Plain("plain", reporttest.Falling(31, 0.2)), reporttest.Plain("residual & scaled", reporttest.Falling(31, 1)), reporttest.Odd()["lost"])...)
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	for _, want := range []string{
		">plain<", ">residual &amp; scaled<", ">1e0<", ">1e-20<", ">1e-40<", ">exactly zero<", ">layer, from input to output<",
		"'Liberation Sans',Arial",
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if n := strings.Count(svg, ">1e"); n > 9 {
		t.Errorf("%d labels of decades, want at most 9", n)
	}
}

// Of many networks with long names the picture shows some, has their number in the title, and has room left for the curves.
func TestProfileOfManyNetworks(t *testing.T) {
	var profiles []vanishing.Profile
	for i := range 150 {
		profiles = append(profiles, reporttest.Plain(fmt.Sprintf("%s %d", strings.Repeat("long name ", 30), i), reporttest.Falling(31, 0.9)))
	}
	f, err := Profile(vanishing.DiagnoseAll(profiles...)...)
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	if !strings.Contains(svg, ": 12 of 150 networks<") || !strings.Contains(svg, " 11<") || strings.Contains(svg, " 12<") {
		t.Error("the title does not say that 12 networks are shown")
	}
	if names := strings.Count(svg, "long name "); names == 0 || names > 12*6 {
		t.Errorf("names are not cut: %d parts of them", names)
	}
	if lines := strings.Count(svg, ">1e"); lines < 2 {
		t.Errorf("%d decades, want room for at least 2", lines)
	}
}

// Of a million layers the picture keeps the extremes.
func TestProfileOfManyLayersIsThinned(t *testing.T) {
	const layers = 200_000
	deltas := reporttest.Falling(layers, 1)
	deltas[123_456], deltas[123_457] = 1e-30, 1e20
	c := newCurve(vanishing.Diagnosis{Profile: reporttest.Plain("deep", deltas), DeltaRMS: deltas, Records: 1}, 0)
	if len(c.points) > maxPoints || len(c.points) < maxPoints/4 {
		t.Errorf("%d points, want at most %d", len(c.points), maxPoints)
	}
	for _, want := range []plotter.XY{{X: 123_457, Y: -30}, {X: 123_458, Y: 20}} {
		if !slices.Contains(c.points, want) {
			t.Errorf("the point %v is missing", want)
		}
	}
}
