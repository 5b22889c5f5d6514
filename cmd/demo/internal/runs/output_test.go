package runs

import (
	"bytes"
	"context"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
)

// An output that cannot be written to loses no files, and the exit status tells it.
func TestFailingOutputLosesNoFiles(t *testing.T) {
	for wrong, want := range map[error]int{syscall.EPIPE: console.ExitClosed, os.ErrClosed: console.ExitFailure} {
		path := t.TempDir()
		var log bytes.Buffer
		args := append([]string{"train", "-activation", "tanh", "-out", path}, demotest.Tiny...)
		if got := app.Run(context.Background(), args, demotest.Failing{Err: wrong}, &log); got != want || strings.Contains(log.String(), "demo: ") != (want == console.ExitFailure) {
			t.Errorf("%v: status %d, want %d\n%s", wrong, got, want, log.String())
		}
		if got := demotest.List(t, path); !strings.Contains(got, "profiles.json report.html report.txt") {
			t.Errorf("%v: the folder holds %s", wrong, got)
		}
	}
}

// The summary is printed before any file is written, so that whatever happens to the files cannot lose it.
func TestSummaryComesBeforeTheFiles(t *testing.T) {
	to, err := reportdir.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	out := watched{folder: to.Path}
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
