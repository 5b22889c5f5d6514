//go:build amd64 && !amd64.v3

package main

import (
	"os"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// The README shows what the demo prints, to the last digit. Elsewhere than on plain amd64 the compiler may fuse
// multiplications and additions, and 780 steps of training make other digits of it.
func TestReadmeShowsTheDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("trains four networks for five epochs")
	}
	if !strings.HasPrefix(kernel.Kernels(), "Go assembly") || kernel.Products().Name != kernel.Kernels() {
		t.Skipf("SKIPPED: the numbers are those of the Go assembly, not of %s and %s", kernel.Kernels(), kernel.Products().Name)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, out, _ := runDemo(t)
	out = strings.ReplaceAll(out, "FOLDER", "gradflow-report")
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.Contains(string(readme), strings.TrimRight(line, " ")+"\n") {
			t.Errorf("the README does not show the line\n%s", line)
		}
	}
}
