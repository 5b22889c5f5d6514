//go:build amd64 && !amd64.v3

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// The transcripts of the command in Chinese, as people see them: go test -run Transcript -update, and look at testdata/zh.txt.
func TestChineseTranscript(t *testing.T) {
	if !strings.HasPrefix(kernel.Kernels(), "Go assembly") || kernel.Products().Name != kernel.Kernels() {
		t.Skipf("SKIPPED: the numbers are those of the Go assembly, not of %s and %s", kernel.Kernels(), kernel.Products().Name)
	}
	golden, err := filepath.Abs("testdata/zh.txt")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	var b strings.Builder
	for _, line := range []string{
		"-lang zh -epochs 1 -subset 640 -depth 11 -width 32 -out report",
		"check -lang zh -steps 2 -depth 5 -width 12 -subset 320 -init normal:0.01 -no-remedies",
		"train -lang zh -depth 10 -skip 4", "check -lang zh -h",
	} {
		_, out, log := app.Call(strings.Fields(line)...)
		if strings.HasPrefix(log, "demo: ") { // progress has times
			out += log
		}
		b.WriteString("$ demo " + line + "\n" + out + "\n")
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
