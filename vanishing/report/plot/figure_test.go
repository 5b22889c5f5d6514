package plot

import (
	"bytes"
	"fmt"
	"image"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func render(t *testing.T, f *Figure, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// plots are all figures of a profile; nil where there is nothing to draw.
func plots(p vanishing.Profile) []*Figure {
	profile, _ := Profile(p)
	heat, _ := Heatmap(p)
	budget, _ := Budget(p)
	paths, _ := Paths(p)
	return []*Figure{profile, heat, budget, paths}
}

func TestFiguresOfOddProfiles(t *testing.T) {
	drawn := map[string][2]bool{
		"empty": {false, false}, "no records": {false, false}, "NaN at once": {false, true},
	}
	for name, p := range reporttest.Odd() {
		want, special := drawn[name]
		if !special {
			want = [2]bool{true, true}
		}
		for i, f := range plots(p) {
			if i < len(want) && (f != nil) != want[i] {
				t.Errorf("%s: figure %d drawn: %v, want %v", name, i, f != nil, want[i])
			}
			if f == nil {
				continue
			}
			if svg := render(t, f, "svg"); bytes.Contains(svg, []byte("NaN\"")) || bytes.Contains(svg, []byte("Inf")) {
				t.Errorf("%s: figure %d has coordinates that are no numbers", name, i)
			}
		}
	}
}

func TestFiguresAreTheSameBytesTwice(t *testing.T) {
	for _, format := range []string{"png", "svg"} {
		for i := range plots(reporttest.Full()) {
			if !bytes.Equal(render(t, plots(reporttest.Full())[i], format), render(t, plots(reporttest.Full())[i], format)) {
				t.Errorf("figure %d as %s differs", i, format)
			}
		}
	}
}

func TestProfileNamesNetworksAndDecades(t *testing.T) {
	f, err := Profile(reporttest.Plain("plain", reporttest.Falling(31, 0.2)), reporttest.Plain("residual & scaled", reporttest.Falling(31, 1)), reporttest.Odd()["lost"])
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

func TestHeatMapOfALongRunIsThinned(t *testing.T) {
	records := make([][]float64, 1000)
	for i := range records {
		records[i] = reporttest.Falling(5, 0.5)
	}
	h := newHeatMap(reporttest.Plain("long", records...))
	if len(h.steps) != 143 || h.steps[0] != 0 || h.steps[1] != 70 {
		t.Errorf("%d columns, from steps %v; want every seventh record", len(h.steps), h.steps[:2])
	}
	if n := len(h.stepTicks()); n < 4 || n > 10 {
		t.Errorf("%d labels of steps", n)
	}
}

// Of many layers a row of cells shows the least gradient of neighbours, so that a lost one is seen.
func TestHeatMapOfManyLayersIsThinned(t *testing.T) {
	deltas := reporttest.Falling(1000, 0.999)
	deltas[503], deltas[701], deltas[702] = 0, math.NaN(), 0
	h := newHeatMap(reporttest.Plain("deep", deltas))
	if h.each != 5 || len(h.cells[0]) != 200 || h.cells[0][0] != deltas[0] || h.cells[0][100] != 0 || !math.IsNaN(h.cells[0][140]) {
		t.Errorf("%d layers in each of %d rows: %v, %v, %v", h.each, len(h.cells[0]), h.cells[0][0], h.cells[0][100], h.cells[0][140])
	}
}

func TestSavedFigures(t *testing.T) {
	f, err := Heatmap(reporttest.Plain("net", reporttest.Falling(6, 0.1), reporttest.Falling(6, 0.2)))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "heat.PNG")
	if err := f.Save(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, format, err := image.Decode(file)
	if err != nil || format != "png" {
		t.Fatalf("format %s, error %v", format, err)
	}
	if size := picture.Bounds().Size(); size != (image.Point{1280, 800}) {
		t.Errorf("size %v, want 1280 by 800", size)
	}
	for _, bad := range []string{"heat.pdf", "heat"} {
		if err := f.Save(filepath.Join(t.TempDir(), bad)); err == nil || !strings.Contains(err.Error(), "png or svg") {
			t.Errorf("%s: got error %v", bad, err)
		}
	}
	if err := f.Save(filepath.Join(t.TempDir(), "nowhere", "heat.svg")); err == nil {
		t.Error("a folder that does not exist gives no error")
	}
}

// The heat map's ends are the ends of its palette, and its colours grow evenly in brightness.
func TestHeatColours(t *testing.T) {
	if heat(0) != viridis[0] || heat(1) != viridis[len(viridis)-1] || heat(-1) != heat(0) || heat(2) != heat(1) {
		t.Error("the ends are not those of the palette")
	}
	last := -1.0
	for i := range 101 {
		r, g, b, _ := heat(float64(i) / 100).RGBA()
		brightness := 0.2126*float64(r) + 0.7152*float64(g) + 0.0722*float64(b) // ITU-R BT.709
		if brightness <= last {
			t.Errorf("at %d%% the colour is not brighter than before", i)
		}
		last = brightness
	}
}

// Of many networks with long names the picture shows some, says so, and has room left to show them in.
func TestProfileOfManyNetworks(t *testing.T) {
	var profiles []vanishing.Profile
	for i := range 150 {
		profiles = append(profiles, reporttest.Plain(fmt.Sprintf("%s %d", strings.Repeat("long name ", 30), i), reporttest.Falling(31, 0.9)))
	}
	f, err := Profile(profiles...)
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	if !strings.Contains(svg, ": 12 of 150 networks<") || !strings.Contains(svg, " 11<") || strings.Contains(svg, " 12<") {
		t.Error("the picture does not show 12 networks and say so")
	}
	if names := strings.Count(svg, "long name "); names == 0 || names > 12*6 {
		t.Errorf("names are not cut: %d parts of them", names)
	}
	if lines := strings.Count(svg, ">1e"); lines < 2 {
		t.Errorf("%d decades, want room for at least 2", lines)
	}
}

func TestControlCharactersAreShownEscaped(t *testing.T) {
	for _, f := range plots(reporttest.Plain("two\nlines\x1b[31m\tand\u0085more", reporttest.Falling(4, 0.1)))[:2] {
		if svg := render(t, f, "svg"); !bytes.Contains(svg, []byte(`two\nlines\x1b[31m\tand\u0085more`)) {
			t.Error("the name is not in one line in a figure")
		}
	}
}
