package plot

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/train/metric"
)

// The picture has the names of the classes on both axes, a count in each cell, and a column of its own for samples without a class.
func TestConfusion(t *testing.T) {
	c := &metric.Confusion{Names: []string{"cat", "dog"}, Counts: [][]int{{81, 12}, {3, 95}}, Unknown: []int{0, 7}}
	f, err := Confusion(c)
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	for text, times := range map[string]int{">cat<": 2, ">dog<": 2, ">NaN<": 1, ">81<": 1, ">12<": 1, ">3<": 1, ">95<": 1, ">7<": 1, "198 samples, 88.9% on": 1} {
		if got := strings.Count(svg, text); got != times {
			t.Errorf("the picture shows %q %d times, want %d", text, got, times)
		}
	}
	if png := render(t, f, "png"); len(png) < 1000 {
		t.Errorf("the picture has %d bytes", len(png))
	}
}

// Of many classes the names are thinned out and the cells have no numbers; a class without a name has its number, one without samples is
// dark.
func TestConfusionOfManyClasses(t *testing.T) {
	c := &metric.Confusion{Unknown: make([]int, 100)}
	for i := range 100 {
		c.Counts = append(c.Counts, make([]int, 100))
		c.Counts[i][i] = 1000 * min(i, 1)
	}
	f, err := Confusion(c)
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	if !strings.Contains(svg, ">96<") || strings.Contains(svg, ">97<") || strings.Contains(svg, ">1000<") {
		t.Error("the axes do not have every fourth class, or cells have numbers")
	}
	if !slices.Equal(render(t, f, "png"), render(t, f, "png")) {
		t.Error("the same matrix gives other bytes")
	}
	for _, empty := range []*metric.Confusion{nil, {}} {
		if _, err := Confusion(empty); !errors.Is(err, ErrEmpty) {
			t.Errorf("no class: got error %v", err)
		}
	}
}
