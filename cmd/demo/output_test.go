package main

import (
	"bytes"
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/demotest"
)

// Every command tells that its output cannot be written, also those that only print a text.
func TestFailingOutputIsTold(t *testing.T) {
	profile := demotest.WriteProfiles(t, t.TempDir(), "net")
	for _, line := range []string{"-h", "help train", "version", "structure", "graph", "completion bash", "compare " + profile, "report -formats= " + profile} {
		for wrong, want := range map[error]int{syscall.EPIPE: console.ExitClosed, syscall.ENOSPC: console.ExitFailure} {
			var log bytes.Buffer
			if got := app.Run(context.Background(), strings.Fields(line), demotest.Failing{Err: wrong}, &log); got != want || strings.Count(log.String(), "\n") > 1 {
				t.Errorf("demo %s: %v: status %d, want %d and at most one line\n%s", line, wrong, got, want, log.String())
			}
		}
	}
}
