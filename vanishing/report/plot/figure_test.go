package plot

import (
	"bytes"
	"image"
	_ "image/png"
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
	profile, _ := Profile(vanishing.Diagnose(p))
	heat, _ := Heatmap(vanishing.Diagnose(p))
	budget, _ := Budget(vanishing.Diagnose(p))
	paths, _ := Paths(vanishing.Diagnose(p))
	return []*Figure{profile, heat, budget, paths}
}

func TestFiguresOfOddProfiles(t *testing.T) {
	drawn := map[string][2]bool{
		"empty": {false, false}, "no records": {false, false},
	}
	for name, p := range reporttest.Odd() {
		want, special := drawn[name]
		if !special {
			want = [2]bool{true, true}
		}
		finite, _ := Finite(vanishing.Diagnose(p))
		for i, f := range append(plots(p), finite) {
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

func TestSavedFigures(t *testing.T) {
	f, err := Heatmap(vanishing.Diagnose(reporttest.Plain("net", reporttest.Falling(6, 0.1), reporttest.Falling(6, 0.2))))
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

func TestControlCharactersAreShownEscaped(t *testing.T) {
	for _, f := range plots(reporttest.Plain("two\nlines\x1b[31m\tand\u0085more", reporttest.Falling(4, 0.1)))[:2] {
		if svg := render(t, f, "svg"); !bytes.Contains(svg, []byte(`two\nlines\x1b[31m\tand\u0085more`)) {
			t.Error("the name is not in one line in a figure")
		}
	}
}

// Names of any length are cut before they are measured, as measuring takes time for each letter.
func TestFiguresOfLongNames(t *testing.T) {
	p := reporttest.Plain("net", reporttest.Falling(5, 0.1))
	p.Name = strings.Repeat("x", 50_000) + "the end"
	if got := shortTitle(p); len([]rune(got)) != 100 || !strings.HasSuffix(got, "the end") {
		t.Errorf("got a title of %d letters: %.200q", len([]rune(got)), got)
	}
}
