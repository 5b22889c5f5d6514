package plot

import (
	"bytes"
	"flag"
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestBudgetNamesThePartsThereAre(t *testing.T) {
	f, err := Budget(reporttest.Residual(10))
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	for _, want := range []string{">activation<", ">weights<", ">normalisation, scale<", ">skips<", ">sum<", "to the derivative of relu"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(svg, ">other<") {
		t.Error("a part that is zero throughout is named")
	}
	bare := reporttest.Plain("bare", reporttest.Falling(5, 0.5))
	bare.Records[0].Details = false
	if _, err := Budget(bare); err == nil || !strings.Contains(err.Error(), "record details") {
		t.Errorf("without details: %v", err)
	}
}

func TestPathsShowsWhatIsMeasuredAndExpected(t *testing.T) {
	f, err := Paths(reporttest.Residual(20))
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	for _, want := range []string{">step 0, 8.0 branches on average<", ">expected at initialisation<", ">1e0<", ">1e-8<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if _, err := Paths(reporttest.Plain("plain", reporttest.Falling(5, 0.5))); err == nil || !strings.Contains(err.Error(), "no path-length spectrum") {
		t.Errorf("of a plain network: %v", err)
	}
	empty := reporttest.Residual(3)
	empty.Paths = []vanishing.Paths{{Shares: []float64{math.NaN(), 0}}}
	if _, err := Paths(empty); err == nil {
		t.Error("a spectrum of NaN and zero is drawn")
	}
}

// The band begins at the drawn gradient of the layer that theory starts from, and is as wide as theory says.
func TestTheoryBand(t *testing.T) {
	p := reporttest.Residual(5)
	medians := p.MedianDeltaRMS()
	for i := range p.Theory.Delta {
		if i > 9 {
			p.Theory.Delta[i] = math.NaN()
		}
	}
	b := newBand(p, medians, 0)
	if b == nil || len(b.middle) != 10 || math.Abs(b.middle[9]-logscale.Log10(medians[9])) > 1e-12 {
		t.Fatalf("got %+v", b)
	}
	if got, want := b.middle[0]-b.middle[9], p.Theory.Delta[0]; math.Abs(got-want) > 1e-12 {
		t.Errorf("from end to end %v decades, want %v", got, want)
	}
	f, err := Profile(p)
	if err != nil {
		t.Fatal(err)
	}
	with := render(t, f, "svg")
	if !bytes.Contains(with, []byte("theory of the initialisation")) {
		t.Error("the band is not explained")
	}
	p.Theory = &vanishing.Theory{None: "the network has an activation that is not known"}
	if newBand(p, medians, 0) != nil {
		t.Error("a band without a prediction")
	}
	if f, err = Profile(p); err != nil || bytes.Contains(render(t, f, "svg"), []byte("theory")) {
		t.Errorf("a band without a prediction is drawn, or %v", err)
	}
}

var pictures = flag.String("pictures", "", "folder to leave pictures in, to look at")

// The pictures for people to look at: go test -run TestPictures -pictures DIR.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no folder for pictures was given")
	}
	for name, make := range map[string]func() (*Figure, error){
		"profile.png": func() (*Figure, error) {
			return Profile(reporttest.Residual(10), reporttest.Plain("plain", reporttest.Falling(21, 0.7)))
		},
		"budget.png":      func() (*Figure, error) { return Budget(reporttest.Residual(10)) },
		"budget-deep.png": func() (*Figure, error) { return Budget(reporttest.Residual(200)) },
		"paths.png":       func() (*Figure, error) { return Paths(reporttest.Residual(24)) },
		"heat.png":        func() (*Figure, error) { return Heatmap(reporttest.Residual(10)) },
	} {
		f, err := make()
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Save(*pictures + "/" + name); err != nil {
			t.Fatal(err)
		}
	}
}

// Names of any length are cut before they are measured, which takes time for each letter.
func TestPlotsOfLongNames(t *testing.T) {
	p := reporttest.Plain("net", reporttest.Falling(5, 0.1))
	p.Name = strings.Repeat("x", 50_000) + "the end"
	if got := shortTitle(p); len([]rune(got)) != 100 || !strings.HasSuffix(got, "the end") {
		t.Errorf("got a title of %d letters: %.200q", len([]rune(got)), got)
	}
}
