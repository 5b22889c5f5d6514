// Package files writes files that are whole or absent, and names files after networks.
package files

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

// Write makes a file of what content writes. Whatever happens on the way, the name holds the whole new file or what it held
// before: the content goes to a temporary file in the same folder, which takes the name once it is on the disk.
//
// As with os.Create an existing file keeps its mode, a read-only one is an error, and a symbolic link keeps its place, with
// a new target. Pipes, devices and the standard output cannot be replaced and are written to directly.
func Write(path string, content func(io.Writer) error) error {
	old, err := os.Stat(path)
	if err == nil && old.Mode().IsRegular() {
		err = writable(path)
	} else if errors.Is(err, fs.ErrNotExist) {
		old, err = nil, nil
	}
	if err != nil {
		return named(path, err)
	}
	if w := stream(path, old); w != nil {
		return named(path, content(w))
	}
	if old != nil && !replaceable(path, old) {
		return named(path, overwrite(path, content))
	}
	target, err := follow(path)
	if err == nil {
		err = replace(target, old, content)
	}
	return named(path, err)
}

// writable is the error of os.Create for an existing file, without its truncation.
func writable(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return file.Close()
}

// stream is the standard output or error if the path leads there, else nil. A second handle on a redirected output would
// overwrite what the first one wrote.
func stream(path string, old fs.FileInfo) io.Writer {
	for _, file := range []*os.File{os.Stdout, os.Stderr} {
		if info, err := file.Stat(); err == nil && old != nil && os.SameFile(info, old) {
			return file
		}
	}
	return nil
}

// replaceable tells regular files from those that have to be written in place: pipes, devices, open files by their number.
func replaceable(path string, info fs.FileInfo) bool {
	return info.Mode().IsRegular() && !strings.HasPrefix(path, "/dev/fd/") && !strings.HasPrefix(path, "/proc/")
}

// overwrite writes in place.
func overwrite(path string, content func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = content(file)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// follow is where the symbolic links of a path lead, even if nothing is there yet.
func follow(path string) (string, error) {
	for range 40 { // as many as Linux follows
		link, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link
		}
		if filepath.IsAbs(link) {
			path = link
			continue
		}
		folder, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err != nil {
			return "", err
		}
		path = filepath.Join(folder, link)
	}
	return "", errors.New("too many symbolic links")
}

// replace writes a temporary file and gives it the name of the target.
func replace(target string, old fs.FileInfo, content func(io.Writer) error) error {
	file, err := createTemporary(filepath.Dir(target))
	if err != nil {
		return err
	}
	err = fill(file, old, content)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(file.Name(), target)
	}
	if err != nil {
		os.Remove(file.Name())
		return err
	}
	syncFolder(filepath.Dir(target))
	return nil
}

// fill writes the content to the disk.
func fill(file *os.File, old fs.FileInfo, content func(io.Writer) error) error {
	if err := content(file); err != nil {
		return err
	}
	if old != nil {
		if err := file.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	return file.Sync()
}

// syncFolder makes a new name last through a power failure, where the system can do that.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		folder.Sync() // Windows refuses, and has no need of it
		folder.Close()
	}
}

// named is an error of a file by the name that the user gave it.
func named(path string, err error) error {
	if err == nil {
		return nil
	}
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		err = pathErr.Err
	case errors.As(err, &linkErr):
		err = linkErr.Err
	}
	return &fs.PathError{Op: "write", Path: path, Err: err}
}
