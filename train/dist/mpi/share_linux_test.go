//go:build linux && (amd64 || arm64) && !noopenblas

package mpi

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// A signal that comes while a rank waits for another one does not end the training: the runtime of Go sends some to its own threads.
func TestPauseUnderSignals(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	waiting, stop := syscall.Gettid(), make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = syscall.Tgkill(os.Getpid(), waiting, syscall.SIGURG)
				time.Sleep(time.Microsecond)
			}
		}
	}()
	var c comm
	for begun := time.Now(); time.Since(begun) < 200*time.Millisecond; {
		if err := c.Pause(1e6); err != nil {
			t.Fatal(err)
		}
	}
}
