package files

import (
	"bytes"
	"io"
	"os"

	"github.com/pkg/errors"
)

// Read reads a file or pipe of at most so many bytes. mend says in the error what to do with a larger one. Devices are refused before they are
// opened: /dev/zero has no end.
func Read(path string, most int64, mend string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeDevice != 0 {
		return nil, errors.Errorf("%s: got a device, want a file or pipe, which has an end", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if size := info.Size(); info.Mode().IsRegular() && size > most {
		return nil, errors.Errorf("%s: got %d bytes, want at most %d (%s)", path, size, most, mend)
	}
	var contents bytes.Buffer
	if info.Mode().IsRegular() {
		contents.Grow(int(info.Size()) + bytes.MinRead) // ReadFrom needs room to find the end
	}
	if _, err := contents.ReadFrom(io.LimitReader(file, most+1)); err != nil {
		return nil, err
	}
	if int64(contents.Len()) > most { // of a pipe, or a file that has grown
		return nil, errors.Errorf("%s: got more than %d bytes, want at most as many (%s)", path, most, mend)
	}
	return contents.Bytes(), nil
}

// ReadRegular is [os.ReadFile] of files that [CheckRegular] takes.
func ReadRegular(path string) ([]byte, error) {
	if err := CheckRegular(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// CheckRegular refuses devices, which may have no end, and pipes and sockets, whose opening waits for a writer and which can be read only once.
// Folders, and what is not there, are left to the error of opening them.
func CheckRegular(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || info.Mode().IsRegular() {
		return nil
	}
	kind := "neither a file nor a folder"
	switch mode := info.Mode(); {
	case mode&os.ModeDevice != 0:
		kind = "a device"
	case mode&os.ModeNamedPipe != 0:
		kind = "a pipe"
	case mode&os.ModeSocket != 0:
		kind = "a socket"
	}
	return errors.Errorf("%s: got %s, want a regular file (write the contents to one)", path, kind)
}
