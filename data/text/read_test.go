package text

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that would fill the memory is refused before it is read.
func TestReadRefusesLargeFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.txt")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxFile+1); err != nil { // sparse: it takes no room
		t.Skipf("SKIPPED: %v", err)
	}
	_, err := Read(path)
	if want := path + ": got 268435457 bytes, want at most 268435456 (cut the text"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want one with %q", err, want)
	}
}

// So is a device, which may have no end.
func TestReadRefusesDevices(t *testing.T) {
	info, err := os.Stat("/dev/zero")
	if err != nil || info.Mode()&os.ModeDevice == 0 {
		t.Skipf("SKIPPED: no device /dev/zero: %v", err)
	}
	if _, err := Read("/dev/zero"); err == nil || !strings.Contains(err.Error(), "text: /dev/zero: got a device, want a file or pipe") {
		t.Errorf("got error %v", err)
	}
}
