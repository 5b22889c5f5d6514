package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The committed file is what the generator writes, and another text is refused.
func TestGenerate(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command")
	}
	path := filepath.Join(t.TempDir(), "opticks.txt.gz")
	if err := run(path); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if committed, err := os.ReadFile("../opticks/opticks.txt.gz"); err != nil || len(made) > 600_000 || len(committed) > 600_000 {
		t.Errorf("%d bytes are made, %d are committed, %v", len(made), len(committed), err)
	}
	if _, err := pack([]byte("OPTICKS")); err == nil || !strings.Contains(err.Error(), "got SHA-256") {
		t.Errorf("another text: got error %v", err)
	}
}
