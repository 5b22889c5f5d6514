package reportdir

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// A report that panics does not take the others along.
func TestCrashingReportLosesNoOthers(t *testing.T) {
	to, err := New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	to.Write(context.Background(), "a.txt", func(io.Writer) error { panic("index out of range") })
	to.Write(context.Background(), "b.txt", func(w io.Writer) error { return report.CSV(w, vanishing.Diagnose(demotest.Profile("net"))) })
	if got := demotest.List(t, to.Path); got != "b.txt" {
		t.Errorf("the folder holds %q, want b.txt", got)
	}
	var log bytes.Buffer
	if got := console.Status(context.Background(), to.Unsaved(), &log); got != console.ExitFailure {
		t.Errorf("status %d, want %d", got, console.ExitFailure)
	}
	for _, want := range []string{"saved b.txt; not saved: a.txt (internal error: index out of range)\n", "folder_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("there is no %q in\n%s", want, log.String())
		}
	}
}

// Every file that was not written is named, however many there are.
func TestEveryLostFileIsNamed(t *testing.T) {
	f := &Folder{Path: "out"}
	for i := range 40 {
		f.lose("picture"+string(rune('A'+i))+".png", os.ErrPermission)
	}
	if n := strings.Count(f.Unsaved().Error(), "picture"); n != 40 {
		t.Errorf("%d files are named, want 40", n)
	}
}
