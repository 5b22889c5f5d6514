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
	for i, want := range [][][]string{
		{{"7", "dense1", "rnn_tanh", "0.5", "2", "-", "-", "-"}, {"7", "dense2", "lstm", "0.9", "-", "-", "90%", "0.73"}},
		{{"dense1", "-1.81", "-1.81", "0.5", "0.6"}},
		{
			{"dense1", "1.0e+00", "5.0e-01", "2.5e-01", "3.1e-02", "1.6e-02"},
			{"dense2", "1.0e+00", "9.0e-01", "8.1e-01", "5.9e-01", "5.3e-01"},
			{"  carry", "-", "90%", "90%", "90%", "90%"},
		},
	} {
		if got := tables[i].rows; !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("table %d: got %q, want %q", i, got, want)
		}
	}
	if want := []string{"steps back", "0", "1", "2", "5", "6"}; !slices.Equal(tables[2].head, want) {
		t.Errorf("got the head %q, want %q", tables[2].head, want)
	}
	if got := sequenceTables(vanishing.Diagnose(reporttest.Plain("plain", reporttest.Falling(3, 0.1)))); got != nil {
		t.Errorf("without recurrent layers: got %+v", got)
	}
}

func TestLags(t *testing.T) {
	for steps, want := range map[int][]int{1: {0}, 2: {0, 1}, 3: {0, 1, 2}, 101: {0, 1, 5, 10, 50, 100}} {
		if got := lags(steps); !slices.Equal(got, want) {
			t.Errorf("%d steps: got %v, want %v", steps, got, want)
		}
	}
}
