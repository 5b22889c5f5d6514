package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// noon is the time of runs in tests.
func noon() time.Time { return time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC) }

// callAt is call at noon.
func callAt(args ...string) (status int, out, log string) {
	var stdout, stderr bytes.Buffer
	status = runAt(context.Background(), noon, args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// Each run has a folder. demo report and demo compare find the latest.
func TestEachRunHasAFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	train := append([]string{"train", "-activation", "tanh"}, tiny...)
	for _, name := range []string{"2026-01-02T15-04-05-plain-tanh", "2026-01-02T15-04-05-plain-tanh-2"} {
		status, out, log := callAt(train...)
		want := "The report is in gradflow-runs/" + name + ": open gradflow-runs/latest/report.html.\n"
		if runtime.GOOS == "windows" {
			want = "The report is in gradflow-runs\\" + name
		}
		if status != exitOK || !strings.Contains(out, want) {
			t.Errorf("status %d, want %q in\n%s%s", status, want, out, log)
		}
		if got := latestRun(); got == "" {
			t.Error("there is no latest run")
		}
	}
	status, out, log := callAt("report", "-formats", "csv")
	if status != exitOK || !strings.Contains(out, "plain tanh: healthy") || !strings.Contains(out, "2026-01-02T15-04-05-report: profiles.csv") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	status, _, log = callAt("compare")
	const hint = "The newest runs: demo compare gradflow-runs/2026-01-02T15-04-05-plain-tanh gradflow-runs/2026-01-02T15-04-05-plain-tanh-2\n"
	if status != exitUsage || !strings.HasPrefix(log, "demo: compare: missing profile file") || !strings.HasSuffix(filepath.ToSlash(log), hint) {
		t.Errorf("status %d: %s", status, log)
	}
	_, command, _ := strings.Cut(strings.TrimSpace(log), ": demo compare ")
	command = command[strings.Index(command, "gradflow"):]
	if status, out, log = callAt(append([]string{"compare"}, strings.Fields(command)...)...); status != exitOK || !strings.Contains(out, " tanh-2") {
		t.Errorf("the advice %q does not help: status %d\n%s%s", command, status, out, log)
	}
}

// A run with -out makes no other folder.
func TestOutMakesNoRun(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, out, log := callAt(append([]string{"-activation", "tanh", "-out", "mine"}, tiny...)...); status != exitOK || !strings.Contains(out, "The report is in mine: open mine/report.html.") {
		t.Errorf("status %d\n%s%s", status, out, log)
	}
	if got := list(t, "."); got != "mine" {
		t.Errorf("got %s, want mine", got)
	}
	if status, _, log := callAt("-out", ""); status != exitUsage || !strings.Contains(log, "name of a folder") {
		t.Errorf("-out without a name: status %d: %s", status, log)
	}
}

// A run that saves nothing leaves no folder.
func TestFailedRunLeavesNoFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	to, err := newRun(noon(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	to.close()
	ctx, cancel := context.WithCancel(context.Background())
	var out, log bytes.Buffer
	cancel()
	if status := runAt(ctx, noon, tiny, &out, &log); status != exitInterrupted {
		t.Errorf("status %d: %s", status, log.String())
	}
	if got := list(t, "."); got != "" {
		t.Errorf("there is %s", got)
	}
	if err := os.WriteFile(runsFolder, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if status, _, log := callAt(tiny...); status != exitFailure || !strings.Contains(log, "-out chooses another") {
		t.Errorf("a file instead of the folder: status %d: %s", status, log)
	}
}

// Files of others are neither replaced nor removed, and the command still prints the path of the report.
func TestLatestKeepsForeignFiles(t *testing.T) {
	elsewhere := t.TempDir()
	for name, make := range map[string]func(path string) error{
		"file":   func(path string) error { return os.WriteFile(path, []byte("notes"), 0o644) },
		"folder": func(path string) error { return os.Mkdir(path, 0o755) },
		"link":   func(path string) error { return os.Symlink(elsewhere, path) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			to, err := newRun(noon(), "demo")
			if err != nil {
				t.Fatal(err)
			}
			latest := filepath.Join(runsFolder, latestName)
			if err := make(latest); err != nil {
				t.Skip(err)
			}
			before, _ := os.Lstat(latest)
			fill(context.Background(), to, []result{observed("net")})
			text, err := to.where()
			if err == nil || !strings.Contains(err.Error(), "latest: got ") || text != "The report is in "+to.path+": open "+filepath.Join(to.path, "report.html")+"." {
				t.Errorf("got %q, %v", text, err)
			}
			if after, err := os.Lstat(latest); err != nil || !os.SameFile(before, after) {
				t.Errorf("it was replaced: %v", err)
			}
		})
	}
}

// On systems without links a file names the latest run.
func TestLatestAsText(t *testing.T) {
	t.Chdir(t.TempDir())
	links := symlink
	symlink = func(string, string) error { return os.ErrPermission }
	defer func() { symlink = links }()
	for range 2 {
		to, err := newRun(noon(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		fill(context.Background(), to, []result{observed("net")})
		want := "The report is in " + to.path + ", whose name is in " + filepath.Join(runsFolder, "latest.txt") + ": open " + filepath.Join(to.path, "report.html") + "."
		if text, err := to.where(); err != nil || text != want {
			t.Errorf("got %q, %v, want %q", text, err, want)
		}
		if got := latestRun(); got != to.path {
			t.Errorf("the latest run is %q, want %q", got, to.path)
		}
	}
	file := filepath.Join(runsFolder, "latest.txt")
	if err := os.WriteFile(file, []byte("notes"), 0o644); err != nil {
		t.Fatal(err)
	}
	if path, err := setLatest("2026-01-02T15-04-05-demo"); err == nil {
		t.Errorf("%s was replaced", path)
	}
}

// A reader finds a latest run at any time, even while it changes.
func TestLatestIsReplacedAtOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	to, err := newRun(noon(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	fill(context.Background(), to, []result{observed("net")})
	if _, err := to.where(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		var err error
		for range 200 {
			if _, err = setLatest(filepath.Base(to.path)); err != nil {
				break
			}
		}
		done <- err
	}()
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
			if latestRun() == "" {
				t.Error("there was no latest run")
			}
		}
	}
}

func TestNamesOfRuns(t *testing.T) {
	for name, want := range map[string]bool{
		"2026-01-02T15-04-05-demo": true, "2026-01-02T15-04-05-demo-2": true, "latest": false, "": false, "notes": false,
		"2026-13-02T15-04-05-demo": false, "2026-01-02T15-04-05/../../x": false,
	} {
		if got := isRun(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
