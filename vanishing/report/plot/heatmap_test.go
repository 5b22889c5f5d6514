package plot

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestHeatmapOfALongRunIsThinned(t *testing.T) {
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

// Of many layers a cell shows the smallest gradient of neighbours, so that a lost gradient stays visible.
func TestHeatmapOfManyLayersIsThinned(t *testing.T) {
	deltas := reporttest.Falling(1000, 0.999)
	deltas[503], deltas[701], deltas[702] = 0, math.NaN(), 0
	h := newHeatMap(reporttest.Plain("deep", deltas))
	if h.merged != 5 || len(h.cells[0]) != 200 || h.cells[0][0] != deltas[0] || h.cells[0][100] != 0 || !math.IsNaN(h.cells[0][140]) {
		t.Errorf("%d layers in each of %d rows: %v, %v, %v", h.merged, len(h.cells[0]), h.cells[0][0], h.cells[0][100], h.cells[0][140])
	}
}
