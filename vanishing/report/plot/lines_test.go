package plot

import (
	"bytes"
	"errors"
	"math"
	"testing"
)

func TestLines(t *testing.T) {
	x := []float64{1, 2, 3}
	for name, l := range map[string]Lines{
		"linear":   {Title: "accuracy", Note: "A note.", X: "block", Y: "accuracy", Low: 0, High: 1, Series: []Series{{Name: "net", X: x, Y: []float64{0.5, 0.7, 0.6}}}},
		"log":      {Title: "correlation", Log: true, Series: []Series{{Name: "net", X: x, Y: []float64{1, 0, -1}}, {Name: "theory", X: x, Y: []float64{1, 0.5, 0.25}, Style: 1, Dotted: true}}},
		"band":     {Title: "error", Series: []Series{{Name: "net", X: x, Y: x, Low: []float64{0, 1, 2}, High: []float64{2, 3, 4}}}},
		"one dot":  {Series: []Series{{X: []float64{1}, Y: []float64{1}}}},
		"not all":  {Series: []Series{{X: x, Y: []float64{1, math.NaN(), math.Inf(1)}}}},
		"log dots": {Log: true, Series: []Series{{X: []float64{1}, Y: []float64{1}}}},
	} {
		f, err := l.Draw()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		svg := render(t, f, "svg")
		if !bytes.Contains(svg, []byte(l.Title)) || bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
			t.Errorf("%s: the picture lacks its title, or has coordinates that are no numbers", name)
		}
		if png := render(t, f, "png"); len(png) < 1000 {
			t.Errorf("%s: the picture has %d bytes", name, len(png))
		}
	}
	if _, err := (Lines{Log: true, Series: []Series{{X: x, Y: []float64{0, 0, 0}}}}).Draw(); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing to draw: got error %v", err)
	}
	if _, err := (Lines{Series: []Series{{X: x, Y: []float64{0}}}}).Draw(); err == nil || errors.Is(err, ErrEmpty) {
		t.Errorf("one number for three places: got error %v", err)
	}
}

// The axis has room for the whole of a band, not for its line alone.
func TestBandsAreWithinTheAxis(t *testing.T) {
	l := Lines{Series: []Series{{Name: "a", X: []float64{1, 2}, Y: []float64{3, 4}, Low: []float64{1, 3.5}, High: []float64{3.5, 6}}}}
	p := newPlot("x", "y")
	c := l.curve(l.Series[0], 0)
	if !l.scale(p, []curve{c}, []seriesBand{l.band(l.Series[0], c)}) || p.Y.Min > 1 || p.Y.Max < 6 {
		t.Errorf("got an axis from %g to %g, want one from 1 to 6 or more", p.Y.Min, p.Y.Max)
	}
}
