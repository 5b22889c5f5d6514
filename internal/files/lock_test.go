//go:build (unix && !aix && !illumos && !solaris) || windows

package files

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pkg/errors"
)

func TestLock(t *testing.T) {
	folder := t.TempDir()
	unlock, err := Lock(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(filepath.Join(folder, ".")); !errors.Is(err, ErrLocked) {
		t.Errorf("the second lock: got error %v, want %v", err, ErrLocked)
	}
	other, err := Lock(t.TempDir())
	if err != nil {
		t.Fatalf("another folder: %v", err)
	}
	other()
	unlock()
	again, err := Lock(folder)
	if err != nil {
		t.Fatalf("after unlock: %v", err)
	}
	again()
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
		t.Errorf("the folder holds %v, %v; want nothing", entries, err)
	}
	if _, err := Lock(filepath.Join(folder, "missing")); errors.Is(err, ErrLocked) {
		t.Error("a folder that does not exist is locked")
	}
}

// A process that is killed leaves no lock.
func TestLockOfKilledProcess(t *testing.T) {
	if folder := os.Getenv("FILES_TEST_LOCK"); folder != "" {
		if _, err := Lock(folder); err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("locked\n")
		io.Copy(io.Discard, os.Stdin) // until it is killed
		return
	}
	folder := t.TempDir()
	command := exec.Command(os.Args[0], "-test.run=^TestLockOfKilledProcess$")
	command.Env = append(os.Environ(), "FILES_TEST_LOCK="+folder)
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the other process: %q, %v", line, err)
	}
	if _, err := Lock(folder); !errors.Is(err, ErrLocked) {
		t.Errorf("beside the other process: got error %v, want %v", err, ErrLocked)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	command.Wait()
	unlock, err := Lock(folder)
	if err != nil {
		t.Fatalf("after the other process was killed: %v", err)
	}
	unlock()
}
