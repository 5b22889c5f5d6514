// Package files writes files atomically, so that each is whole or absent, and derives file names from titles.
package files

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
)

// Write creates or replaces the file at path with the output of content. At every moment path holds either the whole new
// file or the old one: content writes to a temporary file in the same folder, which is renamed to path once it is on the disk.
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

// writable returns the error that os.Create would return for an existing file, but does not truncate the file.
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

// replaceable reports whether a file can be replaced. Pipes, devices and file descriptors have to be written in place.
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

// follow resolves the symbolic links of a path, whose target need not exist.
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
	file, end, err := begin(filepath.Dir(target))
	if err != nil {
		return err
	}
	defer end()
	renamed := false
	defer func() {
		if !renamed { // because of an error, or because content panics
			file.Close()
			os.Remove(file.Name())
		}
	}()
	if err := fill(file, old, content); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), target); err != nil {
		return err
	}
	renamed = true
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

// syncFolder makes a rename survive a power failure, on systems that can.
func syncFolder(path string) {
	if folder, err := os.Open(path); err == nil {
		folder.Sync() // Windows returns an error, and does not need it
		folder.Close()
	}
}

// named returns err as an error of writing to path, the name that the user gave, instead of a temporary name.
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
