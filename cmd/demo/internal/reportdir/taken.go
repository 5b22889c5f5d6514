package reportdir

import (
	"bytes"
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
)

// The names in the folder of a run of demo train that no other command writes.
const (
	ConfigName      = "config.yaml"
	InfoName        = "run.json"
	MetricsName     = "metrics.jsonl"
	CheckpointsName = "checkpoints"
)

// HoldsRun reports whether a folder holds a run of demo train. The empty path is a new folder.
func HoldsRun(path string) bool { return path != "" && holds(path, InfoName) }

// marks are what the files of earlier reports have near their beginning, and those of other programs have not.
var marks = []struct{ name, mark string }{
	{ProfilesName, `"verdict"`},
	{"report.html", `content="gradflow"`},
}

// markedWithin is the number of bytes in which a mark is looked for.
const markedWithin = 4096

// CheckReport refuses a folder for a report if it holds a run of demo train, whose report it would replace, or profiles or a page that no
// earlier report wrote, such as the profiles of a training in PyTorch. The empty path is a new folder.
func CheckReport(path string) error {
	if path == "" {
		return nil
	}
	if HoldsRun(path) {
		return errors.New(say.Sprintf("-out: got %s, which holds a run, want another folder (demo train -resume %[1]s goes on with that run)", path))
	}
	for _, m := range marks {
		if file := filepath.Join(path, m.name); isRegular(file) && !begins(file, m.mark) {
			return errors.New(say.Sprintf("-out: got %s, whose %s is no earlier report of this command, want another folder (the report would replace that file)", path, m.name))
		}
	}
	return nil
}

// isRegular reports whether there is a file that can be read again: a pipe is no earlier report.
func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// begins reports whether a file has a mark near its beginning.
func begins(path, mark string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, markedWithin)
	n, _ := io.ReadFull(f, start)
	return bytes.Contains(start[:n], []byte(mark))
}

// CheckRun refuses a folder for a new run of demo train if it holds a run, or settings, which the run would replace.
func CheckRun(path string) error {
	if path == "" {
		return nil
	}
	if holds(path, CheckpointsName) {
		return errors.New(say.Sprintf("-out: got %s, which holds the checkpoints of a run, want another folder (demo train -resume %[1]s goes on with that run)", path))
	}
	if err := CheckReport(path); err != nil {
		return err
	}
	for _, name := range []string{ConfigName, MetricsName} { // of another program, or written by hand
		if holds(path, name) {
			return errors.New(say.Sprintf("-out: got %s, which holds %s, want another folder (the run would replace that file)", path, name))
		}
	}
	return nil
}

// holds reports whether a folder has a file of a name.
func holds(folder, name string) bool {
	_, err := os.Lstat(filepath.Join(folder, name))
	return err == nil
}

// CheckInputs refuses a folder in which the command would replace a file that it reads.
func CheckInputs(folder string, written []string, inputs ...string) error {
	for _, name := range written {
		target, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			continue
		}
		for _, input := range inputs {
			if info, err := os.Stat(input); err == nil && os.SameFile(info, target) {
				return errors.New(say.Sprintf("-out: got %s, whose %s is an input, want another folder (the report would replace that file)", folder, name))
			}
		}
	}
	return nil
}
