package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path, 3, ""); err != nil || string(got) != "abc" {
		t.Errorf("got %q and %v, want abc", got, err)
	}
	if _, err := Read(path, 2, "cut it"); err == nil || err.Error() != path+": got 3 bytes, want at most 2 (cut it)" {
		t.Errorf("got error %v", err)
	}
	if _, err := Read(path+"y", 2, ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v, want that there is no such file", err)
	}
	if got, err := ReadRegular(path); err != nil || string(got) != "abc" {
		t.Errorf("got %q and %v, want abc", got, err)
	}
	if _, err := ReadRegular(path + "y"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got error %v, want that there is no such file", err)
	}
	if _, err := ReadRegular(t.TempDir()); err == nil {
		t.Error("a folder: got no error")
	}
}

// A device without end is not read.
func TestReadDevice(t *testing.T) {
	info, err := os.Stat("/dev/zero")
	if err != nil || info.Mode()&os.ModeDevice == 0 {
		t.Skipf("SKIPPED: no device /dev/zero: %v", err)
	}
	if _, err := Read("/dev/zero", 1<<20, ""); err == nil || !strings.Contains(err.Error(), "/dev/zero: got a device, want a file or pipe") {
		t.Errorf("got error %v", err)
	}
	if err := CheckRegular("/dev/zero"); err == nil || !strings.Contains(err.Error(), "/dev/zero: got a device, want a regular file") {
		t.Errorf("got error %v", err)
	}
}
