package plot

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// chaosGrid is n numbers from low to high.
func chaosGrid(low, high float64, n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = low + (high-low)*float64(i)/float64(n-1)
	}
	return list
}

func chaosOf(t *testing.T, phi theory.Activation, n int) theory.ChaosMap {
	t.Helper()
	chaos, err := theory.EdgeOfChaos(phi, chaosGrid(0.5, 3, n), chaosGrid(0, 1, n))
	if err != nil {
		t.Fatal(err)
	}
	return chaos
}

// The picture names what it shows: a line and both sides for tanh, one side alone for sigmoid, which vanishes throughout.
func TestEdgeOfChaos(t *testing.T) {
	for _, c := range []struct {
		phi   graph.Activation
		shown []string
		not   []string
	}{
		{graph.Tanh, []string{"of tanh", "vanish", "explode", "χ = 1", "layers per factor e"}, nil},
		{graph.Sigmoid, []string{"of sigmoid", "vanish"}, []string{"explode", "χ = 1"}},
	} {
		figure, err := EdgeOfChaos(chaosOf(t, c.phi, 8))
		if err != nil {
			t.Fatal(err)
		}
		var svg, again, png bytes.Buffer
		for _, w := range []*bytes.Buffer{&svg, &again} {
			if err := figure.Write(w, "svg"); err != nil {
				t.Fatal(err)
			}
		}
		if err := figure.Write(&png, "png"); err != nil || png.Len() < 10000 {
			t.Errorf("%v: PNG of %d bytes (%v)", c.phi, png.Len(), err)
		}
		if svg.String() != again.String() {
			t.Errorf("%v: two drawings differ", c.phi)
		}
		for _, s := range c.shown {
			if !strings.Contains(svg.String(), s) {
				t.Errorf("%v: the picture does not say %q", c.phi, s)
			}
		}
		for _, s := range c.not {
			if strings.Contains(svg.String(), s) {
				t.Errorf("%v: the picture says %q", c.phi, s)
			}
		}
	}
}

func TestEdgeOfChaosOfBadMaps(t *testing.T) {
	good := chaosOf(t, graph.Tanh, 3)
	for name, change := range map[string]func(*theory.ChaosMap){
		"empty":       func(m *theory.ChaosMap) { *m = theory.ChaosMap{} },
		"missing row": func(m *theory.ChaosMap) { m.Points = m.Points[1:] },
		"short row":   func(m *theory.ChaosMap) { m.WeightSD = append(m.WeightSD, 9) },
	} {
		bad := good
		change(&bad)
		if _, err := EdgeOfChaos(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
