//go:build unix

package imagefolder

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gorgonia.org/tensor"
)

// A named pipe is an error, and is not waited for.
func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.png")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	_, err := Reader{Height: 2, Width: 2, Channels: 1}.ReadFiles([]string{path}, tensor.Float32)
	if err == nil || !strings.Contains(err.Error(), path+": got no regular file") {
		t.Errorf("got error %v", err)
	}
}
