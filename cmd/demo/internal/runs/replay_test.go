package runs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

// A run whose loss becomes NaN tells of the spike, and a replay names the first bad value. The losses are the same, bit by bit.
func TestReplay(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	status, _, log := app.Call("train", "-depth", "3", "-width", "8", "-subset", "320", "-epochs", "2", "-batch", "8", "-lr", "1e6", "-optimizer", "sgd", "-save-every", "20", "-out", run)
	if status != console.ExitOK || strings.Count(log, "a spike in step ") != 1 || !strings.Contains(log, "what began it: demo replay -step ") {
		t.Fatalf("status %d\n%s", status, log)
	}
	status, out, log := app.Call("replay", run)
	if status != console.ExitOK || !strings.Contains(out, "The first value that is not finite: ") || !strings.Contains(out, "bit by bit, in 1 of 1 steps") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	status, out, log = app.Call("replay", "-step", "30", run)
	if status != console.ExitOK {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	pages, err := filepath.Glob(filepath.Join(run, "replay-*", "report.html"))
	if err != nil || len(pages) != 2 {
		t.Errorf("got %q, %v", pages, err)
	}
}

func TestReplayWithoutASpike(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	if status, _, log := app.Call("train", "-depth", "2", "-width", "8", "-subset", "160", "-epochs", "1", "-out", run); status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	if _, err := os.Stat(filepath.Join(run, spikesName)); err == nil {
		t.Error("a run without a spike has a folder of spikes")
	}
	if status, _, log := app.Call("replay", run); status != console.ExitFailure || !strings.Contains(log, "no spike was found") {
		t.Errorf("status %d\n%s", status, log)
	}
	if status, out, log := app.Call("replay", "-step", "1", run); status != console.ExitOK || !strings.Contains(out, "Nothing unusual leads to step 1, or") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	metrics := filepath.Join(run, metricsName)
	appendTo(t, metrics, `{"step":99,"lo`) // as a full disk leaves it
	if status, out, log := app.Call("replay", "-step", "1", run); status != console.ExitOK || !strings.Contains(out, "bit by bit, in 1 of 1 steps") {
		t.Errorf("a cut line: status %d\n%s%s", status, out, log)
	}
	if err := os.Remove(metrics); err != nil {
		t.Fatal(err)
	}
	if status, out, log := app.Call("replay", "-step", "1", run); status != console.ExitOK || strings.Contains(out, "bit by bit") {
		t.Errorf("no metrics: status %d\n%s%s", status, out, log)
	}
	if status, _, log := app.Call("replay", "-step", "9", run); status != console.ExitFailure || !strings.Contains(log, "got 9, want at most 1, the last step") {
		t.Errorf("a step after the run: status %d\n%s", status, log)
	}
	if status, _, log := app.Call("replay", "-step", "-2", run); status != console.ExitUsage {
		t.Errorf("status %d\n%s", status, log)
	}
}
