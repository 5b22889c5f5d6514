package reportdir

import (
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
)

// Each run has a folder in Runs, named after the time and the network. The symbolic link LatestName there leads to the
// last one; on systems without links, the file LatestName.txt holds its name.
const (
	Runs       = "gradflow-runs"
	LatestName = "latest"
	timeFormat = "2006-01-02T15-04-05"
)

// NewRun makes the folder of a run. If a run of the same second and name exists, the folder's name ends with a number.
func NewRun(now time.Time, name string) (*Folder, error) {
	if err := os.MkdirAll(Runs, 0o755); err != nil {
		return nil, errors.Wrap(err, say.Text("the run's folder (-out chooses another)"))
	}
	base := filepath.Join(Runs, now.Format(timeFormat)+"-"+name)
	path := base
	for n := 2; ; n++ {
		err := os.Mkdir(path, 0o755)
		if err == nil {
			return &Folder{Path: path, run: true}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, errors.Wrap(err, say.Text("the run's folder (-out chooses another)"))
		}
		path = fmt.Sprintf("%s-%d", base, n)
	}
}

// Where makes the folder of a run the latest, and returns a sentence with the path of the report. The sentence is valid even if
// there is an error.
func (f *Folder) Where() (text string, err error) {
	page, nameFile := f.Path, ""
	if f.run && slices.Contains(f.saved, ProfilesName) {
		latest, linkErr := setLatest(filepath.Base(f.Path))
		switch {
		case linkErr != nil:
			err = linkErr
		case filepath.Base(latest) == LatestName:
			page = latest
		default:
			nameFile = latest
		}
	}
	page = filepath.Join(page, "report.html")
	if nameFile != "" {
		return say.Sprintf("The report is in %s, whose name is in %s: open %s.", f.Path, nameFile, page), err
	}
	return say.Sprintf("The report is in %s: open %s.", f.Path, page), err
}

// symlink is os.Symlink, except in tests of systems without links.
var symlink = os.Symlink

// setLatest makes a run the latest in one atomic step, and returns the path of the link or of the file with its name.
func setLatest(run string) (path string, err error) {
	link := filepath.Join(Runs, LatestName)
	if target, err := os.Readlink(link); err == nil && target != filepath.Base(target) {
		return "", foreign(link, say.Sprintf("a link to %s", target))
	} else if _, statErr := os.Lstat(link); err != nil && statErr == nil {
		return "", foreign(link, say.Text("something else"))
	}
	temporary := filepath.Join(Runs, fmt.Sprintf(".gradflow-%d.tmp", rand.Uint64()))
	if symlink(run, temporary) == nil {
		if err := os.Rename(temporary, link); err != nil {
			os.Remove(temporary)
			return "", err
		}
		return link, nil
	}
	file := link + ".txt"
	if text, err := os.ReadFile(file); err == nil && !isRun(strings.TrimSpace(string(text))) {
		return "", foreign(file, say.Text("something else"))
	}
	return file, files.Write(file, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, run)
		return err
	})
}

// foreign is the error of a file that the command did not write.
func foreign(path, got string) error {
	return errors.New(say.Sprintf("%s: got %s, want the last run's (remove it, or use -out)", path, got))
}

// isRun reports whether a folder name belongs to a run.
func isRun(name string) bool {
	if len(name) < len(timeFormat) {
		return false
	}
	_, err := time.Parse(timeFormat, name[:len(timeFormat)])
	return err == nil && name == filepath.Base(name)
}

// Latest is the last run with profiles; empty if there is none.
func Latest() string {
	link := filepath.Join(Runs, LatestName)
	if hasProfiles(link) {
		return link
	}
	text, err := os.ReadFile(link + ".txt")
	if run := filepath.Join(Runs, strings.TrimSpace(string(text))); err == nil && hasProfiles(run) {
		return run
	}
	return ""
}

// Newest are the newest runs with profiles, at most n, in order of time.
func Newest(n int) []string {
	entries, _ := os.ReadDir(Runs) // in order of names
	var runs []string
	for _, e := range slices.Backward(entries) {
		run := filepath.Join(Runs, e.Name())
		if len(runs) < n && isRun(e.Name()) && hasProfiles(run) {
			runs = append(runs, run)
		}
	}
	slices.Reverse(runs)
	return runs
}

func hasProfiles(run string) bool {
	_, err := os.Stat(filepath.Join(run, ProfilesName))
	return err == nil
}
