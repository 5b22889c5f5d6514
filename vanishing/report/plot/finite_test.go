package plot

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

// Networks that are not finite from the first step on have pictures like any other.
func TestPicturesOfNothingFinite(t *testing.T) {
	d := vanishing.Diagnose(madeup.AllNaN(4, 2))
	f, err := Profile(d)
	if err != nil {
		t.Fatal(err)
	}
	if svg := string(render(t, f, "svg")); !strings.Contains(svg, ">NaN or infinite<") || strings.Contains(svg, ">exactly zero<") {
		t.Error("the profile does not explain the marks of NaN")
	}
	if c := newCurve(d, 0); len(c.broken) != 4 || len(c.points) != 0 {
		t.Errorf("got %d marks of NaN and %d points, want 4 and none", len(c.broken), len(c.points))
	}
	if f, err = Finite(d); err != nil {
		t.Fatal(err)
	}
	if svg := string(render(t, f, "svg")); !strings.Contains(svg, ">output NaN or infinite<") {
		t.Error("the colours are not explained")
	}
}

// If a record is not finite the profile still shows the layers in it that are.
func TestProfileShowsFiniteLayersOfTheFirstStep(t *testing.T) {
	p := reporttest.Plain("upper half", []float64{math.Inf(1), math.NaN(), 0, 2})
	c := newCurve(vanishing.Diagnose(p), 0)
	if len(c.broken) != 2 || len(c.zeros) != 1 || len(c.points) != 1 {
		t.Errorf("got %d, %d and %d layers that are broken, zero and drawn; want 2, 1 and 1", len(c.broken), len(c.zeros), len(c.points))
	}
}

func TestFinitenessOfLayers(t *testing.T) {
	p := reporttest.Plain("net", []float64{1, 1, 1}, []float64{math.NaN(), 1, 1}, []float64{math.NaN(), math.NaN(), math.Inf(1)})
	p.Records[2].Details = &profile.Details{Layers: []profile.LayerDetail{{}, {ActStd: profile.Number(math.Inf(1))}, {ActMean: profile.Number(math.NaN())}}, Params: make([]profile.ParamDetail, len(p.Params))}
	d := vanishing.Diagnose(p)
	if _, err := Finite(d); err != nil {
		t.Fatal(err)
	}
	got := newGrid(d.Profile, finiteness, slices.Max).cells
	for i, want := range [][]float64{
		{allFinite, allFinite, allFinite},
		{gradientNotFinite, allFinite, allFinite},
		{gradientNotFinite, outputNotFinite, outputNotFinite},
	} {
		if !slices.Equal(got[i], want) {
			t.Errorf("step %d: got states %v, want %v", i, got[i], want)
		}
	}
}

func TestFiniteNetworksHaveNoPictureOfIt(t *testing.T) {
	for _, p := range []vanishing.Profile{{}, reporttest.Plain("net", reporttest.Falling(5, 0.1))} {
		if _, err := Finite(vanishing.Diagnose(p)); !errors.Is(err, ErrEmpty) {
			t.Errorf("got %v, want %v", err, ErrEmpty)
		}
	}
}
