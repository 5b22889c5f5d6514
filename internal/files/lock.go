package files

import "github.com/pkg/errors"

// ErrLocked is the error of Lock for a folder that is locked already.
var ErrLocked = errors.New("files: the folder is locked")

// Lock locks a folder until unlock is called or the process ends, however it ends: the system keeps the lock, so that none is left
// over. Only callers of Lock, in this process and in others, respect it. Without an error unlock is not nil. On systems and file
// systems without locks Lock does nothing.
func Lock(folder string) (unlock func(), err error) { return lock(folder) }
