package suite

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The edits fit the version of Gorgonia that go.mod names, and the module cache stays as it is.
func TestCopyEdited(t *testing.T) {
	module, err := goCommand("list", "-m", "-f", "{{.Dir}}", gorgonia)
	if err != nil {
		t.Fatal(err)
	}
	module = strings.TrimSpace(module)
	copied := t.TempDir()
	if err := copyEdited(module, copied); err != nil {
		t.Fatal(err)
	}
	for name := range edits {
		before, after := read(t, filepath.Join(module, name)), read(t, filepath.Join(copied, name))
		if before == after {
			t.Errorf("%s has not changed", name)
		}
		if strings.Contains(after, "time.Now().UnixNano()") {
			t.Errorf("%s takes a seed from the clock", name)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), name, after, 0); err != nil {
			t.Errorf("%s does not parse after the edits: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"suite_dispatch.go":         "package gorgonia\n",
		"suite_record.go":           "package gorgonia\n",
		"suite_hook_test.go":        "package gorgonia_test\n",
		"ops/nn/suite_hook_test.go": "package nnops_test\n",
		"go.mod":                    "module gorgonia.org/gorgonia\n",
	} {
		if text := read(t, filepath.Join(copied, name)); !strings.HasPrefix(text, want) {
			t.Errorf("%s: got %.40q, want it to begin with %q", name, text, want)
		}
	}
	if _, err := os.Stat(filepath.Join(copied, "examples")); err == nil {
		t.Error("the examples, which are large, have been copied")
	}
}

func TestCopyEditedErrors(t *testing.T) {
	module := t.TempDir()
	if err := copyEdited(module, t.TempDir()); err == nil || !strings.Contains(err.Error(), ".go") {
		t.Errorf("got %v, want an error that names a file", err)
	}
	if err := copyEdited(filepath.Join(module, "none"), t.TempDir()); err == nil || !strings.Contains(err.Error(), "cannot read the module") {
		t.Errorf("got %v, want an error of the module", err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
