package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/examples/internal/doccheck"
)

var (
	blockPattern = regexp.MustCompile("(?ms)^```go\n(func run.*?)^```$")
	runPattern   = regexp.MustCompile(`(?ms)^func run.*?^}\n`)
	scorePattern = regexp.MustCompile(`^on new houses: map\[MAE:(\S+) R2:(0\.9\d+)\]\n$`)
)

// The lines that the documentation shows are at most 25; in place of those in main.go they compile, and learn the prices.
func TestDocumentedLinesRun(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is needed to compile the lines")
	}
	for _, page := range []string{"../../docs/tables.md", "../../docs/zh/tables.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		match := blockPattern.FindStringSubmatch(string(text))
		if match == nil {
			t.Fatalf("%s shows no func run", page)
		}
		if n := strings.Count(match[1], "\n"); n > 25 {
			t.Errorf("%s: got %d lines, want at most 25", page, n)
		}
		folder := t.TempDir()
		output := runLines(t, folder, match[1])
		if !scorePattern.MatchString(output) {
			t.Errorf("%s: got output %q, want an R2 of at least 0.9", page, output)
		}
		doccheck.Output(t, "../tables.md", "go run ./examples/tables -csv examples/tables/houses.csv", output)
		for _, name := range []string{"houses.json", "houses.safetensors"} {
			if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
				t.Error(err)
			}
		}
	}
}

// runLines compiles main.go with another func run, and runs it in a folder.
func runLines(t *testing.T, folder, lines string) (output string) {
	t.Helper()
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	changed, program := filepath.Join(folder, "main.go"), filepath.Join(folder, "program.exe")
	if err := os.WriteFile(changed, runPattern.ReplaceAllLiteral(source, []byte(lines)), 0o666); err != nil {
		t.Fatal(err)
	}
	original, err := filepath.Abs("main.go")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "overlay.json"), overlay, 0o666); err != nil {
		t.Fatal(err)
	}
	if message, err := exec.Command("go", "build", "-ldflags=-s -w", "-overlay", filepath.Join(folder, "overlay.json"), "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	table, err := filepath.Abs("houses.csv")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-csv", table)
	cmd.Dir = folder
	message, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	return string(message)
}
