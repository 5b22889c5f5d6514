package train

import "testing"

// A history holds every loss of a short run, and evenly spaced ones of a long run, in bounded memory.
func TestHistoryThinsLosses(t *testing.T) {
	for _, c := range []struct{ steps, interval, losses int }{
		{0, 0, 0},
		{1, 1, 1},
		{maxLosses, 1, maxLosses},
		{maxLosses + 1, 2, maxLosses/2 + 1},
		{2 * maxLosses, 2, maxLosses},
		{2*maxLosses + 1, 4, maxLosses/2 + 1},
		{10*maxLosses + 3, 16, 10*maxLosses/16 + 1},
	} {
		var h History
		for step := range c.steps {
			h.addLoss(step, float64(step))
		}
		if h.LossInterval != c.interval || len(h.Losses) != c.losses || cap(h.Losses) > 2*maxLosses {
			t.Errorf("%d steps: got %d losses in memory for %d, one every %d; want %d, one every %d",
				c.steps, len(h.Losses), cap(h.Losses), h.LossInterval, c.losses, c.interval)
		}
		for i, loss := range h.Losses {
			if int(loss) != i*c.interval {
				t.Fatalf("%d steps: loss %d is that of step %g, want %d", c.steps, i, loss, i*c.interval)
			}
		}
	}
}
