package files

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// Temporary is the pattern of temporary names, as in os.CreateTemp.
const Temporary = ".gradflow-*.tmp"

// createTemporary creates a file of a new name, with the mode of os.Create, which os.CreateTemp does not give.
func createTemporary(folder string) (*os.File, error) {
	for {
		name := strings.Replace(Temporary, "*", fmt.Sprintf("%016x", rand.Uint64()), 1)
		file, err := os.OpenFile(filepath.Join(folder, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
	}
}

// stale is the age from which on a temporary file counts as left by a killed process, since its last write.
const stale = 10 * time.Minute

// Clean removes the temporary files that killed processes left in a folder. It keeps those that are
// not stale, because their process may still write to them.
func Clean(folder string) error {
	before, after, _ := strings.Cut(Temporary, "*")
	return Remove(folder, func(name string) bool {
		if !strings.HasPrefix(name, before) || !strings.HasSuffix(name, after) {
			return false
		}
		info, err := os.Lstat(filepath.Join(folder, name))
		return err == nil && time.Since(info.ModTime()) > stale
	})
}

// Remove removes the regular files in a folder for whose names chosen returns true.
func Remove(folder string, chosen func(name string) bool) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() && chosen(entry.Name()) {
			if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
