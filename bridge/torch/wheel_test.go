package torch

import (
	"archive/zip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The wheel that pip makes of pyproject.toml holds the module, which imports from there, with its version and its needs.
func TestWheel(t *testing.T) {
	python := python(t)
	if exec.Command(python, "-c", "import pip, setuptools, wheel").Run() != nil {
		t.Skip("SKIPPED: no wheel of the bridge was made, as Python has no pip, setuptools or wheel (Debian: apt-get install python3-pip python3-setuptools python3-wheel)")
	}
	source, made := t.TempDir(), t.TempDir()
	for _, name := range []string{"gradflow.py", "pyproject.toml"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(source, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pip := exec.Command(python, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--no-cache-dir", "--wheel-dir", made, source)
	if out, err := pip.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wheels, err := filepath.Glob(filepath.Join(made, "gradflow-*-py3-none-any.whl"))
	if err != nil || len(wheels) != 1 {
		t.Fatalf("got the wheels %v, want one; %v", wheels, err)
	}
	files := unpack(t, wheels[0], made)
	if !slices.Contains(files, "gradflow.py") {
		t.Errorf("got %v, want gradflow.py among them", files)
	}
	importing := exec.Command(python, "-c", "import gradflow; print(gradflow.__version__, gradflow.__file__); gradflow.watch")
	importing.Dir, importing.Env = made, append(os.Environ(), "PYTHONPATH="+made, "PYTHONDONTWRITEBYTECODE=1")
	out, err := importing.Output()
	version, file, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || !strings.Contains(filepath.Base(wheels[0]), "-"+version+"-") || file != filepath.Join(made, "gradflow.py") {
		t.Errorf("got version %q of %s, want that of %s; %v", version, file, wheels[0], err)
	}
	metadata, err := os.ReadFile(filepath.Join(made, "gradflow-"+version+".dist-info", "METADATA"))
	if err != nil || !strings.Contains(string(metadata), "Requires-Dist: torch") {
		t.Errorf("got metadata %s, want torch as the one need; %v", metadata, err)
	}
}

// unpack writes the files of a wheel to a folder.
func unpack(t *testing.T, wheel, to string) (names []string) {
	t.Helper()
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, f := range archive.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(to, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
	}
	return names
}
