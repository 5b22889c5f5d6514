package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
)

// A folder takes the files of one run at a time, and of the next one after the first has ended.
func TestFolderOfTwoRunsAtOnce(t *testing.T) {
	path := t.TempDir()
	first, err := reportdir.New(path)
	if err != nil {
		t.Fatal(err)
	}
	profiles := demotest.WriteProfiles(t, path, "net")
	report := []string{"report", "-formats", "text", "-out", path, profiles}
	for _, args := range [][]string{append([]string{"-out", path}, demotest.Tiny...), append([]string{"train", "-out", path}, demotest.Tiny...), report} {
		status, _, log := app.Call(args...)
		if want := path + ", to which another run is writing, want another folder"; status != console.ExitFailure || !strings.Contains(log, want) {
			t.Errorf("demo %v: status %d, want %d and %q:\n%s", args, status, console.ExitFailure, want, log)
		}
	}
	if got := demotest.List(t, path); got != "profiles.json" {
		t.Errorf("the folder holds %s, want profiles.json", got)
	}
	first.Close()
	if status, _, log := app.Call(report...); status != console.ExitOK {
		t.Errorf("after the first run: status %d:\n%s", status, log)
	}
}

// An error of a folder names the flag that gave it, and none where there was none.
func TestFolderErrorsNameTheirFlag(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	app.Train(t, run, "-subset", "64")
	if err := os.WriteFile(filepath.Join(run, "replay-3"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if status, _, log := app.Call("replay", "-step", "3", run); status != console.ExitFailure || !strings.HasPrefix(log, "demo: mkdir "+run) {
		t.Errorf("replay: status %d: %s", status, log)
	}
	first, err := reportdir.New(run)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if status, _, log := app.Call("train", "-resume", run); status != console.ExitFailure || !strings.Contains(log, "demo: -resume: got "+run+", to which another run is writing") {
		t.Errorf("train -resume: status %d: %s", status, log)
	}
}
