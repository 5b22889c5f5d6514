package runs

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
)

// A run with -out makes no other folder.
func TestOutMakesNoRun(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, out, log := app.Call(append([]string{"-activation", "tanh", "-out", "mine"}, demotest.Tiny...)...); status != console.ExitOK || !strings.Contains(out, "The report is in mine: open mine/report.html.") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	if got := demotest.List(t, "."); got != "mine" {
		t.Errorf("got %s, want mine", got)
	}
	if status, _, log := app.Call("-out", ""); status != console.ExitUsage || !strings.Contains(log, "name of a folder") {
		t.Errorf("-out without a name: status %d: %s", status, log)
	}
}

// A run that saves nothing leaves no folder.
func TestFailedRunLeavesNoFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	to, err := reportdir.NewRun(demotest.Noon(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	to.Close()
	ctx, cancel := context.WithCancel(context.Background())
	var out, log bytes.Buffer
	cancel()
	if status := app.Run(ctx, demotest.Tiny, &out, &log); status != console.ExitInterrupted {
		t.Errorf("status %d: %s", status, log.String())
	}
	if got := demotest.List(t, "."); got != "" {
		t.Errorf("there is %s", got)
	}
	if err := os.WriteFile(reportdir.Runs, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if status, _, log := app.Call(demotest.Tiny...); status != console.ExitFailure || !strings.Contains(log, "-out chooses another") {
		t.Errorf("a file instead of the folder: status %d: %s", status, log)
	}
}
