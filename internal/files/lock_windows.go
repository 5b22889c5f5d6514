package files

import (
	"path/filepath"
	"syscall"

	"github.com/pkg/errors"
)

// What package syscall does not name.
const (
	deleteOnClose    = 0x04000000        // FILE_FLAG_DELETE_ON_CLOSE
	sharingViolation = syscall.Errno(32) // ERROR_SHARING_VIOLATION
	lockName         = ".gradflow.lock"  // the system removes the file when its handle is closed
)

// lock opens a file in the folder that nobody else may open, because Windows does not lock folders.
func lock(folder string) (unlock func(), err error) {
	name, err := syscall.UTF16PtrFromString(filepath.Join(folder, lockName))
	if err != nil {
		return nil, err
	}
	const shared = 0
	file, err := syscall.CreateFile(name, syscall.GENERIC_WRITE, shared, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_HIDDEN|deleteOnClose, 0)
	switch {
	case errors.Is(err, sharingViolation):
		return nil, ErrLocked
	case err != nil: // of file systems without locks, and of folders that cannot be written to
		return func() {}, nil
	}
	return func() { syscall.CloseHandle(file) }, nil
}
