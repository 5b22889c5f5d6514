//go:build unix && !aix && !illumos && !solaris

package files

import (
	"io/fs"
	"syscall"
)

// lock locks the folder itself, without a file in it. It opens the folder without package os, which closes files that are no longer
// referred to.
func lock(folder string) (unlock func(), err error) {
	var descriptor int
	err = Uninterrupted(func() (err error) {
		descriptor, err = syscall.Open(folder, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: folder, Err: err}
	}
	err = Uninterrupted(func() error { return syscall.Flock(descriptor, syscall.LOCK_EX|syscall.LOCK_NB) })
	if err == syscall.EWOULDBLOCK {
		syscall.Close(descriptor)
		return nil, ErrLocked
	}
	return func() { syscall.Close(descriptor) }, nil // other errors are those of file systems without locks
}
