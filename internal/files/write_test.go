package files

import (
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pkg/errors"
)

// text is a content.
func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// broken is a content that fails half way.
func broken(w io.Writer) error {
	if _, err := io.WriteString(w, "half a"); err != nil {
		return err
	}
	return errors.New("no space left on device")
}

// holds checks a folder's names and what is in the files.
func holds(t *testing.T, folder string, want map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		got, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if expected, found := want[entry.Name()]; err != nil || !found || string(got) != expected {
			t.Errorf("%s holds %q, %v; want %q", entry.Name(), got, err, expected)
		}
	}
	if len(entries) != len(want) {
		t.Errorf("%d files, want %d", len(entries), len(want))
	}
}

func TestWriteIsWholeOrAbsent(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a[1]*.txt")
	err := Write(path, broken)
	if want := "write " + path + ": no space left on device"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	holds(t, folder, nil)
	for _, s := range []string{"first", "second, longer", "3"} {
		if err := Write(path, text(s)); err != nil {
			t.Fatal(err)
		}
		if err := Write(path, broken); err == nil {
			t.Error("no error")
		}
		holds(t, folder, map[string]string{"a[1]*.txt": s})
	}
}

func TestWriteNamesTheFileInErrors(t *testing.T) {
	folder := t.TempDir()
	if err := Write(filepath.Join(folder, "file"), text("")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder, filepath.Join(folder, "none", "x"), filepath.Join(folder, "file", "x"), ""} {
		err := Write(path, text("text"))
		var pathErr *fs.PathError
		if !errors.As(err, &pathErr) || pathErr.Path != path || strings.Contains(err.Error(), "gradflow") {
			t.Errorf("%q: got %v, want an error that names it and no temporary file", path, err)
		}
	}
	holds(t, folder, map[string]string{"file": ""})
}

// A content that panics leaves the old file and no temporary one.
func TestWriteOfPanickingContent(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	if err := Write(path, text("old")); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("the panic was lost")
		}
		holds(t, folder, map[string]string{"file": "old"})
	}()
	Write(path, func(io.Writer) error { panic("broken") })
}

// The modes are those of os.Create.
func TestWriteKeepsModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: Windows has no such modes")
	}
	folder := t.TempDir()
	created, err := os.Create(filepath.Join(folder, "created"))
	if err != nil {
		t.Fatal(err)
	}
	created.Close()
	path := filepath.Join(folder, "written")
	want := mode(t, created.Name())
	for range 2 {
		if err := Write(path, text("text")); err != nil {
			t.Fatal(err)
		}
		if got := mode(t, path); got != want {
			t.Errorf("mode %v, want %v", got, want)
		}
		want = 0o640
		if err := os.Chmod(path, want); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	_, createErr := os.OpenFile(path, os.O_WRONLY, 0) // root may
	if err := Write(path, text("new")); (err == nil) != (createErr == nil) {
		t.Errorf("a read-only file: got %v, os.OpenFile %v", err, createErr)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// A link stays a link, whether its target exists or not.
func TestWriteFollowsLinks(t *testing.T) {
	folder := t.TempDir()
	real, links := filepath.Join(folder, "real"), filepath.Join(folder, "links")
	for _, path := range []string{real, links} {
		if err := os.Mkdir(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(links, "first")
	for _, l := range [][2]string{{"second", link}, {"../real/file", filepath.Join(links, "second")}, {"loop", filepath.Join(links, "loop")}} {
		if err := os.Symlink(l[0], l[1]); err != nil {
			t.Skipf("SKIPPED: no symbolic links: %v", err)
		}
	}
	for _, s := range []string{"new", "newer"} {
		if err := Write(link, text(s)); err != nil {
			t.Fatal(err)
		}
		holds(t, real, map[string]string{"file": s})
		if to, err := os.Readlink(link); err != nil || to != "second" {
			t.Errorf("the link leads to %q, %v", to, err)
		}
	}
	if err := Write(filepath.Join(links, "loop"), text("")); err == nil {
		t.Error("no error for a link to itself")
	}
}

// Streams are written to and stay what they are: a pipe on the standard output, and a file, where what is written joins
// what was printed.
func TestWriteToStreams(t *testing.T) {
	if _, err := os.Stat("/dev/stdout"); err != nil {
		t.Skip("SKIPPED: no /dev/stdout")
	}
	if os.Getenv("FILES_TEST_STREAMS") != "" {
		os.Stdout.WriteString("before ")
		if err := Write("/dev/stdout", text("written ")); err != nil {
			t.Fatal(err)
		}
		if err := Write("/dev/null", text("nowhere")); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("after ")
		return
	}
	child := func() *exec.Cmd {
		command := exec.Command(os.Args[0], "-test.run=^TestWriteToStreams$")
		command.Env = append(os.Environ(), "FILES_TEST_STREAMS=1")
		return command
	}
	const want = "before written after "
	if out, err := child().Output(); err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("a pipe: %v, %q", err, out)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	command := child()
	command.Stdout = file
	err = command.Run()
	if out, _ := os.ReadFile(file.Name()); err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("a file: %v, %q", err, out)
	}
	if mode(t, "/dev/null").IsRegular() {
		t.Error("/dev/null was replaced")
	}
}

// A disk that is full costs the new file, not the old one.
func TestWriteToFullDisk(t *testing.T) {
	disk := t.TempDir()
	mount := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "none", disk)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no small disk without the right to mount one: %v %s", err, out)
	}
	defer exec.Command("umount", disk).Run()
	path := filepath.Join(disk, "file")
	if err := Write(path, text("old")); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, text(strings.Repeat("new", 40_000))); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v, want an error of the full disk", err)
	}
	holds(t, disk, map[string]string{"file": "old"})
}

func TestCleanRemovesTemporariesAlone(t *testing.T) {
	folder := t.TempDir()
	file, err := createTemporary(folder)
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	kept := map[string]string{"x.gradflow-1.tmp": "", ".gradflow-notes": "", "1.tmp": ""}
	for name := range kept {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	age(t, folder)
	young, err := createTemporary(folder) // of a process that is writing
	if err != nil {
		t.Fatal(err)
	}
	young.Close()
	kept[filepath.Base(young.Name())] = ""
	if err := Clean(folder); err != nil {
		t.Fatal(err)
	}
	holds(t, folder, kept)
}
