package main

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
)

// Each run has a folder. demo report and demo compare find the latest.
func TestEachRunHasAFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	train := append([]string{"train", "-activation", "tanh"}, demotest.Tiny...)
	for _, name := range []string{"2026-01-02T15-04-05-plain-tanh", "2026-01-02T15-04-05-plain-tanh-2"} {
		status, out, log := app.Call(train...)
		want := "The report is in gradflow-runs/" + name + ": open gradflow-runs/latest/report.html.\n"
		if runtime.GOOS == "windows" {
			want = "The report is in gradflow-runs\\" + name
		}
		if status != console.ExitOK || !strings.Contains(out, want) {
			t.Errorf("status %d, want %q in\n%s%s", status, want, out, log)
		}
		if got := reportdir.Latest(); got == "" {
			t.Error("there is no latest run")
		}
	}
	status, out, log := app.Call("report", "-formats", "csv")
	if status != console.ExitOK || !strings.Contains(out, "plain tanh: healthy") || !strings.Contains(out, "2026-01-02T15-04-05-report: profiles.csv") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	status, _, log = app.Call("compare")
	const hint = "The newest runs: demo compare gradflow-runs/2026-01-02T15-04-05-plain-tanh gradflow-runs/2026-01-02T15-04-05-plain-tanh-2\n"
	if status != console.ExitUsage || !strings.HasPrefix(log, "demo: compare: missing profile file") || !strings.HasSuffix(filepath.ToSlash(log), hint) {
		t.Errorf("status %d: %s", status, log)
	}
	_, command, _ := strings.Cut(strings.TrimSpace(log), ": demo compare ")
	command = command[strings.Index(command, "gradflow"):]
	if status, out, log = app.Call(append([]string{"compare"}, strings.Fields(command)...)...); status != console.ExitOK || !strings.Contains(out, " tanh-2") {
		t.Errorf("the advice %q does not help: status %d\n%s%s", command, status, out, log)
	}
}
