package main

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

// Commands that use a setting report an invalid value once.
func TestUnknownSettings(t *testing.T) {
	t.Setenv("GRADFLOW_CPU", "avx1\x1b[2J")
	t.Setenv("GRADFLOW_BLAS", "go")
	const want = `demo: GRADFLOW_CPU has no effect: got "avx1\x1b[2J", want avx2 or portable` + "\n"
	if status, out, log := app.Call("version"); status != console.ExitOK || !strings.HasSuffix(out, want) || log != "" {
		t.Errorf("status %d, want %q in\n%s%s", status, want, out, log)
	}
	for _, command := range []string{"check -steps 1 -no-remedies", "train -epochs 1 -out " + t.TempDir(), "rate -steps 2 -out " + t.TempDir()} {
		args := append(strings.Fields(command), "-depth", "3", "-subset", "320")
		if _, _, log := app.Call(args...); strings.Count(log, want) != 1 {
			t.Errorf("%s: want %q once in\n%s", command, want, log)
		}
	}
	t.Setenv("GRADFLOW_CPU", "portable")
	if _, out, _ := app.Call("version"); strings.Contains(out, "no effect") {
		t.Errorf("a setting that is known is called unknown:\n%s", out)
	}
}
