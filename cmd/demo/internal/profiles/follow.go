package profiles

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

const (
	lookInterval = time.Second / 4 // between two looks at a file
	idleRatio    = 10              // a follower is idle at least ten times as long as the last reading took
	settleTime   = 2 * time.Second // after which a file that does not change is not half written
)

// A follower reads a file of profiles whenever another program has changed it, and shows them.
type follower struct {
	path   string // of the file, or of the folder of a run
	reader report.JSONReader
	show   func(...vanishing.Profile)
	log    io.Writer

	info    fs.FileInfo // of the file when it was read; nil if there was none
	changed time.Time   // when a change was seen
	problem error       // of the last reading
	told    string      // the last line of the log
}

// run follows the file until ctx is done.
func (f *follower) run(ctx context.Context) {
	for {
		start := time.Now()
		f.look()
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(lookInterval, idleRatio*time.Since(start))):
		}
	}
}

// look reads the file if it has changed. It tells of a file that cannot be read once that has stayed as it is, because until then
// the other program may be writing it.
func (f *follower) look() {
	path, info, err := f.stat()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.info = nil
		f.tell(say.Sprintf("waiting for %s", path))
	case err != nil:
		f.info = nil
		f.tell(say.Sprintf("waiting for another file: %s: %v", path, err))
	case f.info == nil || !unchanged(f.info, info):
		f.info, f.changed, f.problem = info, time.Now(), f.read(path)
	case f.problem != nil && time.Since(f.changed) >= settleTime:
		f.tell(say.Sprintf("waiting for another file: %v", f.problem))
	}
}

// stat finds the file, which in a folder is its profiles.json.
func (f *follower) stat() (path string, info fs.FileInfo, err error) {
	path = f.path
	info, err = os.Stat(path)
	if err == nil && info.IsDir() {
		path = filepath.Join(path, reportdir.ProfilesName)
		info, err = os.Stat(path)
	}
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err // look adds the path
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New(say.Text("got something else, want a file"))
	}
	return path, info, err
}

// read shows the profiles of the file.
func (f *follower) read(path string) error {
	profiles, err := readProfiles([]string{path}, f.reader)
	if err != nil {
		return err
	}
	f.show(profiles...)
	f.tell(say.Sprintf("following %s until you interrupt with Ctrl-C", path))
	return nil
}

// tell prints a line, unless it is the last one again.
func (f *follower) tell(line string) {
	if line != f.told {
		fmt.Fprintln(f.log, line)
		f.told = line
	}
}

// unchanged tells whether a file is the same as before, written at the same time.
func unchanged(before, now fs.FileInfo) bool {
	return os.SameFile(before, now) && before.Size() == now.Size() && before.ModTime().Equal(now.ModTime())
}
