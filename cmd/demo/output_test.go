package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// A failing is an output that fails.
type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// An output that cannot be written to loses no files, and the exit status tells it.
func TestFailingOutputLosesNoFiles(t *testing.T) {
	for wrong, want := range map[error]int{syscall.EPIPE: exitClosed, os.ErrClosed: exitFailure} {
		path := t.TempDir()
		var log bytes.Buffer
		args := append([]string{"train", "-activation", "tanh", "-out", path}, tiny...)
		if got := run(context.Background(), args, failing{wrong}, &log); got != want || strings.Contains(log.String(), "demo: ") != (want == exitFailure) {
			t.Errorf("%v: status %d, want %d\n%s", wrong, got, want, log.String())
		}
		if got := list(t, path); !strings.Contains(got, "profiles.json report.html report.txt") {
			t.Errorf("%v: the folder holds %s", wrong, got)
		}
	}
}

// Every command tells that its output cannot be written, also those that only print a text.
func TestFailingOutputIsTold(t *testing.T) {
	profile := filepath.Join(t.TempDir(), profilesName)
	if err := files.Write(profile, func(w io.Writer) error { return report.JSON(w, observed("net").all) }); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"-h", "help train", "version", "structure", "graph", "completion bash", "compare " + profile, "report -formats= " + profile} {
		for wrong, want := range map[error]int{syscall.EPIPE: exitClosed, syscall.ENOSPC: exitFailure} {
			var log bytes.Buffer
			if got := run(context.Background(), strings.Fields(line), failing{wrong}, &log); got != want || strings.Count(log.String(), "\n") > 1 {
				t.Errorf("demo %s: %v: status %d, want %d and at most one line\n%s", line, wrong, got, want, log.String())
			}
		}
	}
}

// The summary is printed before any file is written, so that whatever happens to the files cannot lose it.
func TestSummaryComesBeforeTheFiles(t *testing.T) {
	to, err := newFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	out := watched{folder: to.path}
	if err := writeReport(context.Background(), context.Background(), to, []result{observed("net")}, &out); err != nil {
		t.Fatal(err)
	}
	summary, where, _ := strings.Cut(out.String(), "The report is in")
	if out.files != 0 || !strings.Contains(summary, "verdict") || where == "" {
		t.Errorf("%d files were there when the summary was printed:\n%s", out.files, out.String())
	}
}

// A watched is an output that counts the files in a folder at its first write.
type watched struct {
	bytes.Buffer
	folder string
	files  int
}

func (w *watched) Write(b []byte) (int, error) {
	if w.Len() == 0 {
		entries, _ := os.ReadDir(w.folder)
		w.files = len(entries)
	}
	return w.Buffer.Write(b)
}

// A report that panics does not take the others along.
func TestCrashingReportLosesNoOthers(t *testing.T) {
	to, err := newFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	to.write(context.Background(), "a.txt", func(io.Writer) error { panic("index out of range") })
	to.write(context.Background(), "b.txt", func(w io.Writer) error { return report.CSV(w, vanishing.Diagnose(observed("net").all.Profile)) })
	if got := list(t, to.path); got != "b.txt" {
		t.Errorf("the folder holds %q, want b.txt", got)
	}
	var log bytes.Buffer
	if got := status(context.Background(), to.unsaved(), &log); got != exitFailure {
		t.Errorf("status %d, want %d", got, exitFailure)
	}
	for _, want := range []string{"saved b.txt; not saved: a.txt (internal error: index out of range)\n", "output_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("there is no %q in\n%s", want, log.String())
		}
	}
}

// Every file that was not written is named, however many there are.
func TestEveryLostFileIsNamed(t *testing.T) {
	f := &folder{path: "out"}
	for i := range 40 {
		f.lose("picture"+string(rune('A'+i))+".png", os.ErrPermission)
	}
	if n := strings.Count(f.unsaved().Error(), "picture"); n != 40 {
		t.Errorf("%d files are named, want 40", n)
	}
}
