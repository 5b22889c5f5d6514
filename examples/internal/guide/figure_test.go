package guide

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

var sample = Figure{
	Title: "Title", XLabel: "x", YLabel: "y", LogY: true,
	Lines: []Line{
		{Name: "up", X: []float64{1, 2, 3}, Y: []float64{1e-30, 1, 1e10}},
		{Name: "down", X: []float64{1, 2, 3}, Y: []float64{5, 4, 3}, Color: Vermilion, Style: Dashed},
	},
}

func TestSameFigureTwice(t *testing.T) {
	var files [2][]byte
	for i := range files {
		folder := filepath.Join(t.TempDir(), "new", "folder")
		if err := sample.Save(folder, "a.png"); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(folder, "a.png"))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = content
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two figures of the same lines differ")
	}
	picture, err := png.Decode(bytes.NewReader(files[0]))
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != 8*dpi || size.Y != 5*dpi {
		t.Errorf("size %v", size)
	}
}

func TestFigureOfNothingIsAnError(t *testing.T) {
	err := Figure{Lines: []Line{{Name: "empty"}}}.Save(t.TempDir(), "a.png")
	if err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("error %v, want one that names the line", err)
	}
}

func TestDecades(t *testing.T) {
	for _, c := range []struct {
		min, max float64
		want     string
	}{
		{0.01, 10, "0.01 0.1 1 10"},
		{3e-14, 8e9, "1e-10 1e-5 1 1e5"},
		{1e-46, 1e9, "1e-40 1e-30 1e-20 1e-10 1"},
	} {
		var labels []string
		for _, tick := range (decades{}).Ticks(c.min, c.max) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("from %g to %g: %s, want %s", c.min, c.max, got, c.want)
		}
	}
}

func TestSpread(t *testing.T) {
	at, size := []vg.Length{50, 51, 0, 100}, []vg.Length{10, 10, 10, 10}
	spread(at, size, 0, 100)
	for i, want := range []vg.Length{50, 60, 5, 95} {
		if at[i] != want {
			t.Errorf("label %d lies at %v, want %v", i, at[i], want)
		}
	}
}
