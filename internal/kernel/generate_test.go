package kernel

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The committed files equal the output of go generate, byte by byte.
func TestGeneratedFilesAreUpToDate(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the generators")
	}
	for _, source := range []string{"doc.go", "blocked/run_amd64.go", "recurrent/step_amd64.go"} {
		checkGenerated(t, source)
	}
}

// checkGenerated runs the commands in a source file in its folder.
func checkGenerated(t *testing.T, source string) {
	t.Helper()
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^//go:generate (go run .*)$`).FindAllStringSubmatch(string(text), -1)
	if len(lines) == 0 {
		t.Fatalf("%s: nothing is generated", source)
	}
	folder := filepath.Dir(source)
	for _, line := range lines {
		// The files are written under their own names into another folder, as the generator notes its command line.
		args := strings.Fields(line[1])
		dir := t.TempDir()
		var names []string
		for i, arg := range args {
			if strings.HasSuffix(arg, ".s") || strings.HasSuffix(arg, ".go") {
				names = append(names, arg)
				args[i] = filepath.Join(dir, arg)
			}
		}
		run := exec.Command(args[0], args[1:]...)
		run.Dir = folder
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line[1], err, out)
		}
		for _, name := range names {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			got = bytes.ReplaceAll(got, []byte(dir+string(filepath.Separator)), nil)
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from the output of go generate (run go generate ./internal/kernel/...)", name)
			}
		}
	}
}
