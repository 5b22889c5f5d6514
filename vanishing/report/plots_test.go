package report

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
)

// residual is a made-up residual network of n blocks, each with a branch of two layers, with theory and paths.
func residual(n int) vanishing.Profile {
	p := madeUp("residual", falling(2*n+1, 0.93), falling(2*n+1, 0.95))
	expected, shares := make([]float64, n+1), make([]float64, n+1)
	binomial := math.Pow(0.6, float64(n))
	for k := range expected {
		expected[k] = binomial
		shares[k] = binomial * (1 + 0.5*math.Sin(float64(k)))
		binomial *= float64(n-k) / float64(k+1) * 0.4 / 0.6
	}
	p.Paths = []vanishing.Paths{{Step: 0, Shares: shares, Expected: expected, Mean: 0.4 * float64(n)}}
	p.Theory = &vanishing.Theory{}
	for l := range p.Layers {
		p.Layers[l].Activation = "relu"
		back := float64(2*n - 1 - l)
		p.Theory.Delta = append(p.Theory.Delta, -0.025*back)
		p.Theory.Band = append(p.Theory.Band, 0.03*math.Sqrt(max(back, 0)))
		for r := range p.Records {
			if g := &p.Records[r].Layers[l].Gains; l%2 == 0 && l < 2*n {
				g.Skip, g.Norm = 0.15, -0.05
				g.Activation -= 0.1
			}
		}
	}
	return p
}

func TestBudgetPlotNamesThePartsThereAre(t *testing.T) {
	f, err := BudgetPlot(residual(10))
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
	bare := madeUp("bare", falling(5, 0.5))
	bare.Records[0].Details = false
	if _, err := BudgetPlot(bare); err == nil || !strings.Contains(err.Error(), "record details") {
		t.Errorf("without details: %v", err)
	}
}

func TestPathsPlotShowsWhatIsMeasuredAndExpected(t *testing.T) {
	f, err := PathsPlot(residual(20))
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	for _, want := range []string{">step 0, 8.0 branches on average<", ">expected at initialisation<", ">1e0<", ">1e-8<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if _, err := PathsPlot(madeUp("plain", falling(5, 0.5))); err == nil || !strings.Contains(err.Error(), "no path-length spectrum") {
		t.Errorf("of a plain network: %v", err)
	}
	empty := residual(3)
	empty.Paths = []vanishing.Paths{{Shares: []float64{math.NaN(), 0}}}
	if _, err := PathsPlot(empty); err == nil {
		t.Error("a spectrum of NaN and zero is drawn")
	}
}

// The band begins at the drawn gradient of the layer that theory starts from, and is as wide as theory says.
func TestTheoryBand(t *testing.T) {
	p := residual(5)
	medians := p.MedianDeltaRMS()
	for i := range p.Theory.Delta {
		if i > 9 {
			p.Theory.Delta[i] = math.NaN()
		}
	}
	b := newBand(p, medians, 0)
	if b == nil || len(b.middle) != 10 || math.Abs(b.middle[9]-log10(medians[9])) > 1e-12 {
		t.Fatalf("got %+v", b)
	}
	if got, want := b.middle[0]-b.middle[9], p.Theory.Delta[0]; math.Abs(got-want) > 1e-12 {
		t.Errorf("from end to end %v decades, want %v", got, want)
	}
	f, err := ProfilePlot(p)
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
	if f, err = ProfilePlot(p); err != nil || bytes.Contains(render(t, f, "svg"), []byte("theory")) {
		t.Errorf("a band without a prediction is drawn, or %v", err)
	}
}

// The pictures for people to look at: go test -run TestPictures -pictures DIR.
func TestPictures(t *testing.T) {
	if *pictures == "" {
		t.Skip("no folder for pictures was given")
	}
	for name, make := range map[string]func() (*Figure, error){
		"profile.png":     func() (*Figure, error) { return ProfilePlot(residual(10), madeUp("plain", falling(21, 0.7))) },
		"budget.png":      func() (*Figure, error) { return BudgetPlot(residual(10)) },
		"budget-deep.png": func() (*Figure, error) { return BudgetPlot(residual(200)) },
		"paths.png":       func() (*Figure, error) { return PathsPlot(residual(24)) },
		"heat.png":        func() (*Figure, error) { return HeatMapPlot(residual(10)) },
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
	p := madeUp("net", falling(5, 0.1))
	p.Name = strings.Repeat("x", 50_000) + "the end"
	if got := shortTitle(p); len([]rune(got)) != 100 || !strings.HasSuffix(got, "the end") {
		t.Errorf("got a title of %d letters: %.200q", len([]rune(got)), got)
	}
}
