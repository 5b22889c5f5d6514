//go:build unix

package files

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe is read as far as the bound. Those who need a regular file do not wait for its writer.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	if _, err := ReadRegular(path); err == nil || !strings.Contains(err.Error(), path+": got a pipe, want a regular file") {
		t.Errorf("got error %v", err)
	}
	contents := bytes.Repeat([]byte("a"), 1<<20)
	for _, most := range []int64{1 << 20, 1<<20 - 1} {
		done := make(chan error)
		go func() {
			done <- os.WriteFile(path, contents, 0) // may fail: the reader goes away
		}()
		got, err := Read(path, most, "cut it")
		<-done
		switch {
		case most == 1<<20 && (err != nil || !bytes.Equal(got, contents)):
			t.Errorf("got %d bytes and error %v, want %d", len(got), err, len(contents))
		case most < 1<<20 && (err == nil || !strings.Contains(err.Error(), "got more than 1048575 bytes, want at most as many (cut it)")):
			t.Errorf("got error %v", err)
		}
	}
}
