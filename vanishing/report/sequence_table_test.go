package report

import (
	"slices"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

// Recurrent layers have a row each, and their gradients one for each of some lags.
func TestSequenceTables(t *testing.T) {
	tables := sequenceTables(vanishing.Diagnose(reporttest.Recurrent()))
	if len(tables) != 2 {
		t.Fatalf("got %d tables, want 2", len(tables))
	}
	for i, want := range [][]string{
		{"dense1", "rnn_tanh", "0.5", "2", "-", "-1.81", "-1.81", "0.6", "-", "-"},
		{"dense2", "lstm", "0.9", "-", "-", "-", "-", "-", "90%", "0.73"},
	} {
		if got := tables[0].rows[i]; !slices.Equal(got, want) {
			t.Errorf("layer %d: got %q, want %q", i, got, want)
		}
	}
	by := tables[1]
	if want := []string{"lag", "dense1", "dense2", "carry"}; !slices.Equal(by.head, want) {
		t.Errorf("got the head %q, want %q", by.head, want)
	}
	for i, want := range [][]string{{"0", "1.0e+00", "1.0e+00", "-"}, {"1", "5.0e-01", "9.0e-01", "90%"}} {
		if !slices.Equal(by.rows[i], want) {
			t.Errorf("row %d: got %q, want %q", i, by.rows[i], want)
		}
	}
	if last := by.rows[len(by.rows)-1]; len(by.rows) != 5 || last[0] != "6" {
		t.Errorf("got rows %q, want lags 0, 1, 2, 5 and 6", by.rows)
	}
	if got := sequenceTables(vanishing.Diagnose(reporttest.Plain("plain", reporttest.Falling(3, 0.1)))); got != nil {
		t.Errorf("without recurrent layers: got %+v", got)
	}
}

func TestLags(t *testing.T) {
	for steps, want := range map[int][]int{1: {0}, 2: {0, 1}, 3: {0, 1, 2}, 101: {0, 1, 2, 5, 10, 20, 50, 100}} {
		if got := lags(steps); !slices.Equal(got, want) {
			t.Errorf("%d steps: got %v, want %v", steps, got, want)
		}
	}
}
