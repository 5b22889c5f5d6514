//go:build amd64 && !amd64.v3

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/internal/kernel"
)

// The README shows the demo's output to the last digit. On other processors than plain amd64 the compiler may fuse
// multiplications and additions, and 780 training steps then change the digits.
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
	t.Chdir(t.TempDir())
	status, out, log := app.Call()
	if status != console.ExitOK {
		t.Fatalf("status %d\n%s", status, log)
	}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if !strings.Contains(string(readme), strings.TrimRight(line, " ")+"\n") {
			t.Errorf("the README does not show the line\n%s", line)
		}
	}
}

// The command knows the commands and flags in the README, and writes the file to open.
func TestReadmesCommandsExist(t *testing.T) {
	for _, name := range []string{"README.md", "docs/README.md", "docs/zh/README.md", "docs/platforms.md", "docs/zh/platforms.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "gradflow-report") {
			t.Errorf("%s names a folder that no command writes to", name)
		}
		for _, match := range regexp.MustCompile(`go run \./cmd/demo ([^#`+"`"+`\n]*)`).FindAllStringSubmatch(string(text), -1) {
			words := append(strings.Fields(match[1]), "-h")
			if status, _, log := app.Call(words...); status != console.ExitOK {
				t.Errorf("%s: demo %s: %s", name, match[1], log)
			}
		}
	}
}
