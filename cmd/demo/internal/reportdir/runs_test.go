package reportdir

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

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
			to, err := NewRun(demotest.Noon(), "demo")
			if err != nil {
				t.Fatal(err)
			}
			latest := filepath.Join(Runs, LatestName)
			if err := make(latest); err != nil {
				t.Skip(err)
			}
			before, _ := os.Lstat(latest)
			fillRun(to)
			text, err := to.Where()
			if err == nil || !strings.Contains(err.Error(), "latest: got ") || text != "The report is in "+to.Path+": open "+filepath.Join(to.Path, "report.html")+"." {
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
		to, err := NewRun(demotest.Noon(), "demo")
		if err != nil {
			t.Fatal(err)
		}
		fillRun(to)
		want := "The report is in " + to.Path + ", whose name is in " + filepath.Join(Runs, "latest.txt") + ": open " + filepath.Join(to.Path, "report.html") + "."
		if text, err := to.Where(); err != nil || text != want {
			t.Errorf("got %q, %v, want %q", text, err, want)
		}
		if got := Latest(); got != to.Path {
			t.Errorf("the latest run is %q, want %q", got, to.Path)
		}
	}
	file := filepath.Join(Runs, "latest.txt")
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
	to, err := NewRun(demotest.Noon(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	fillRun(to)
	if _, err := to.Where(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		var err error
		for range 200 {
			if _, err = setLatest(filepath.Base(to.Path)); err != nil {
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
			if Latest() == "" {
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

// fillRun writes the profiles of a run.
func fillRun(to *Folder) {
	to.Write(context.Background(), ProfilesName, func(w io.Writer) error { return report.JSON(w, vanishing.Diagnose(demotest.Profile("net"))) })
}
