package train

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"
)

// An appender adds to a file. What cannot be written, because the disk is full, waits in memory and is tried again.
type appender struct {
	path   string
	file   *os.File // nil until something is written
	size   int64    // of the file, or of the part of it that stays
	buffer []byte   // not yet written
	last   time.Time
}

// The bounds on what waits: when it is written, and above which size a full disk is an error.
const (
	fullBuffer = 1 << 16
	maxBuffer  = 1 << 24
	maxWait    = time.Second
)

func (a *appender) empty() bool { return a.size == 0 && len(a.buffer) == 0 }

// resume goes on at a size that the file had, and cuts off what was written later.
func (a *appender) resume(size int64) error {
	info, err := os.Stat(a.path)
	if errors.Is(err, fs.ErrNotExist) && size == 0 {
		return nil
	}
	const advice = "as when the checkpoint was written (bring the file back, or begin anew in another folder)"
	if errors.Is(err, fs.ErrNotExist) {
		return errors.Errorf("train: the log to go on with: %s: got no such file, want one of at least %d bytes, %s", a.path, size, advice)
	}
	if err != nil {
		return errors.Wrap(err, "train: the log to go on with")
	}
	if info.Size() < size {
		return errors.Errorf("train: the log to go on with: %s: got %d bytes, want at least %d, %s", a.path, info.Size(), size, advice)
	}
	a.size = size
	return a.open()
}

// flushIfDue writes what waits if it is much, or has waited for long.
func (a *appender) flushIfDue(now time.Time) error {
	if len(a.buffer) < fullBuffer && now.Sub(a.last) < maxWait {
		return nil
	}
	a.last = now
	return a.flush()
}

// flush writes what waits. It returns an error only if the file cannot be opened, or if too much is waiting.
func (a *appender) flush() error {
	if err := a.write(); err != nil && (a.file == nil || len(a.buffer) > maxBuffer) {
		return err
	}
	return nil
}

// write writes what waits, after the part of the file that stays.
func (a *appender) write() error {
	if len(a.buffer) == 0 {
		return nil
	}
	if err := a.open(); err != nil {
		return err
	}
	n, err := a.file.Write(a.buffer)
	a.size += int64(n)
	a.buffer = a.buffer[:copy(a.buffer, a.buffer[n:])]
	return errors.Wrap(err, "train: the log")
}

// open opens the file and cuts off what does not stay.
func (a *appender) open() error {
	if a.file != nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(a.path), 0o755); err != nil {
		return errors.Wrap(err, "train: the log")
	}
	file, err := os.OpenFile(a.path, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return errors.Wrap(err, "train: the log")
	}
	if err := file.Truncate(a.size); err != nil {
		file.Close()
		return errors.Wrap(err, "train: the log")
	}
	if _, err := file.Seek(a.size, io.SeekStart); err != nil {
		file.Close()
		return errors.Wrap(err, "train: the log")
	}
	a.file = file
	return nil
}

// sync brings all to the disk.
func (a *appender) sync() error {
	if err := a.write(); err != nil {
		return err
	}
	if a.file == nil {
		return nil
	}
	return errors.Wrap(a.file.Sync(), "train: the log")
}

// close writes what waits and closes the file.
func (a *appender) close() error {
	err := a.write()
	if a.file == nil {
		return err
	}
	if closeErr := a.file.Close(); err == nil && closeErr != nil {
		err = errors.Wrap(closeErr, "train: the log")
	}
	a.file = nil
	return err
}
