// Package reportdir makes the folders of reports, those of runs among them, and tells which of their files were saved.
package reportdir

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/internal/printable"
)

// ProfilesName is the file of the profiles. All other files of a report can be made from it.
const ProfilesName = "profiles.json"

// ParamsName is the file of a convolutional network's parameters.
const ParamsName = "parameters.safetensors"

// A Folder is the folder of a report. It keeps the names of the files that were saved and of those that were not; see Unsaved.
type Folder struct {
	Path  string
	run   bool // made for this run alone
	saved []string
	lost  []loss

	unlock func() // nil in a folder that was made for this run alone
}

// New makes the folder of -out, as Open does.
func New(path string) (*Folder, error) { return Open("-out", path) }

// Open makes a folder and locks it, so that two runs do not overwrite each other's files. An error begins with the flag that names the
// folder, if there is one.
func Open(flag, path string) (*Folder, error) {
	f, err := open(path)
	if err != nil && flag != "" {
		err = errors.Wrap(err, flag)
	}
	return f, err
}

func open(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, err
	}
	unlock, err := files.Lock(path)
	if errors.Is(err, files.ErrLocked) {
		return nil, errors.New(say.Sprintf("got %s, to which another run is writing, want another folder (or wait for that run)", path))
	}
	if err != nil {
		return nil, err
	}
	if err := probe(path); err != nil {
		unlock()
		return nil, err
	}
	return &Folder{Path: path, unlock: unlock}, nil
}

// probe writes a file to a folder and removes it, so that a folder that cannot be written to fails before the training.
func probe(path string) error {
	if err := files.Clean(path); err != nil {
		return err
	}
	file, err := os.CreateTemp(path, files.Temporary)
	if err != nil {
		return err
	}
	file.Close()
	return os.Remove(file.Name())
}

// Close lets other runs write to the folder. It removes a folder that was made for this run, if the run saved nothing.
func (f *Folder) Close() {
	if f.unlock != nil {
		f.unlock()
	}
	if f.run && len(f.saved) == 0 {
		os.Remove(f.Path)
		os.Remove(Runs) // fails if it holds other runs
	}
}

// Write makes one file in the folder.
func (f *Folder) Write(ctx context.Context, name string, content func(io.Writer) error) {
	f.Try(ctx, name, func() error { return files.Write(filepath.Join(f.Path, name), content) })
}

// Try does work that makes a file or a folder, and keeps its name as saved or lost.
func (f *Folder) Try(ctx context.Context, name string, work func() error) {
	if err := console.AwaitDone(ctx, work); err != nil {
		f.lose(name, err)
		return
	}
	f.saved = append(f.saved, name)
}

// A loss is a list of files that were not saved for the same reason.
type loss struct {
	names []string
	err   error
}

func (l loss) reason() string {
	var pathErr *os.PathError
	switch {
	case errors.Is(l.err, context.Canceled):
		return say.Text("no time left")
	case errors.As(l.err, &pathErr):
		return pathErr.Err.Error() // Unsaved names the path
	}
	return l.err.Error()
}

func (f *Folder) lose(name string, err error) {
	last := len(f.lost) - 1
	if last >= 0 && f.lost[last].reason() == (loss{err: err}).reason() {
		f.lost[last].names = append(f.lost[last].names, name)
		return
	}
	f.lost = append(f.lost, loss{[]string{name}, err})
}

// Unsaved is an error that lists the files that were saved and those that were not; nil if all were. It wraps context.Canceled
// if lack of time was the only reason.
func (f *Folder) Unsaved() error {
	if len(f.lost) == 0 {
		return nil
	}
	u := &console.Unsaved{}
	var lost []string
	for _, l := range f.lost {
		lost = append(lost, say.Sprintf("%s (%s)", strings.Join(l.names, say.Text(", ")), l.reason()))
		if u.Cause == nil || errors.Is(u.Cause, context.Canceled) {
			u.Cause = l.err
		}
	}
	saved := say.Text("nothing")
	if len(f.saved) > 0 {
		saved = few(f.saved)
	}
	u.Text = say.Sprintf("%s: saved %s; not saved: %s", f.Path, saved, strings.Join(lost, say.Text("; ")))
	return u
}

// Finish prints what was written. The error lists what was not.
func (f *Folder) Finish(out io.Writer) error {
	if err := f.Unsaved(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s\n", say.Sprintf("Written to %s: %s.", printable.Text(f.Path), few(f.saved)))
	return err
}

// few lists names: all of them, or the first ones and the number of the others.
func few(names []string) string {
	const most = 12
	if more := len(names) - most; more > 1 {
		return say.Sprintf("%s and %d others", strings.Join(names[:most], say.Text(", ")), more)
	}
	return strings.Join(names, say.Text(", "))
}
