//go:build linux && (amd64 || arm64)

// Package container_test tests the image of the Containerfile. It is a package of its own because building the command takes
// minutes on a busy machine, and go test gives all tests of a package ten.
package container_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// The image holds only the binary, which the test builds with the command of the Containerfile.
func TestContainer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command and trains")
	}
	root := t.TempDir()
	binary := filepath.Join(root, "demo")
	buildStatic(t, binary, "GOARCH="+runtime.GOARCH)
	t.Run("its binary is static", func(t *testing.T) { checkStatic(t, binary) })
	t.Run("it runs the demo alone", func(t *testing.T) { runAlone(t, root) })
}

// What makes it static does not depend on the processor: no cgo, and no library that is loaded at run time.
func checkStatic(t *testing.T, binary string) {
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the binary has a program header %s, want none: it is not static", p.Type)
		}
	}
}

// runAlone runs the binary in its folder, as in the image.
func runAlone(t *testing.T, root string) {
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: only root may change the root folder")
	}
	user := outFolder(t, root)
	in := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("/demo", args...)
		cmd.Dir, cmd.Env = "/out", []string{"GRADFLOW_BLAS=openblas"}
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: user, Gid: user}}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("demo %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	const leftOut = "GRADFLOW_BLAS=openblas, but openblas: OpenBLAS is left out by the build tag noopenblas"
	if out := in("version"); !strings.Contains(out, leftOut) {
		t.Errorf("demo version does not say %q:\n%s", leftOut, out)
	}
	in("-epochs", "1", "-subset", "1280", "-out", "/out")
	in("report", "-out", "again", "profiles.json")
	for _, name := range []string{"report.html", "report.txt", "profiles.json", "first-step.png", "first-step.svg", "again/report.html"} {
		if info, err := os.Stat(filepath.Join(root, "out", name)); err != nil || info.Size() == 0 {
			t.Errorf("the run left no %s: %v", name, err)
		}
	}
}

// outFolder makes the folder /out of the image, and returns the user it runs as.
func outFolder(t *testing.T, root string) (user uint32) {
	t.Helper()
	id, err := strconv.ParseUint(inContainerfile(t, `(?m)^USER (\d+):\d+$`), 10, 32)
	if err != nil || id == 0 {
		t.Fatalf("the Containerfile's user: got %d, want any but root: %v", id, err)
	}
	out := filepath.Join(root, "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(out, int(id), int(id)); err != nil {
		t.Fatal(err)
	}
	return uint32(id)
}

// buildStatic builds the command as the Containerfile does, into another file.
func buildStatic(t *testing.T, path, env string) {
	t.Helper()
	command := inContainerfile(t, `(?m)^RUN (.*\bgo build\b.*)$`)
	if !strings.Contains(command, " -o /demo ") {
		t.Fatalf("the Containerfile's command builds elsewhere than to /demo: %s", command)
	}
	cmd := exec.Command("sh", "-c", strings.Replace(command, " -o /demo ", " -o '"+path+"' ", 1))
	cmd.Dir, cmd.Env = filepath.Join("..", "..", ".."), append(os.Environ(), env)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// inContainerfile returns the match of the pattern's only group.
func inContainerfile(t *testing.T, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "Containerfile"))
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(pattern).FindStringSubmatch(string(text))
	if match == nil {
		t.Fatalf("the Containerfile has no line like %s", pattern)
	}
	return match[1]
}
