//go:build unix

package files

import "syscall"

// Uninterrupted repeats a call of the system that a signal interrupts. The runtime of Go sends signals to its own threads.
func Uninterrupted(call func() error) error {
	for {
		if err := call(); err != syscall.EINTR {
			return err
		}
	}
}
