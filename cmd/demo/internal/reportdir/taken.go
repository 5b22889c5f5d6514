package reportdir

import (
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

// CheckReport refuses a folder for a report if it holds a run of demo train, whose report it would replace. The empty path is a new
// folder.
func CheckReport(path string) error {
	if path != "" && holds(path, InfoName) {
		return errors.New(say.Sprintf("-out: got %s, which holds a run, want another folder (demo train -resume %[1]s goes on with that run)", path))
	}
	return nil
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
