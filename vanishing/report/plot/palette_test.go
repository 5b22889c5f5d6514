package plot

import (
	"testing"
)

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
