package checkpoint

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// begin begins a folder, and ends it with the test.
func begin(t *testing.T, f *Folder) {
	t.Helper()
	if f.Path == "" {
		f.Path = t.TempDir()
	}
	if _, err := f.Begin(); err != nil {
		t.Fatal(err)
	}
}

// save saves a checkpoint and waits for it.
func save(t *testing.T, f *Folder, c *Checkpoint) {
	t.Helper()
	if err := f.Save(c); err != nil {
		t.Fatal(err)
	}
	if err := f.Wait(); err != nil {
		t.Fatal(err)
	}
}

// steps are the steps in a folder.
func steps(t *testing.T, folder string) string {
	t.Helper()
	list, err := List(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []int
	for _, e := range list {
		all = append(all, e.Step)
	}
	return fmt.Sprint(all)
}

// The newest checkpoints and the best one are kept. The scores of small are lowest at steps 4, 8, ..., and highest at 3, 7, ...
func TestKeepNewestAndBest(t *testing.T) {
	for _, test := range []struct {
		folder Folder
		want   string
	}{
		{Folder{}, "[8 9 10]"},
		{Folder{Keep: 1}, "[10]"},
		{Folder{Keep: 2, Best: "val_loss"}, "[4 9 10]"},
		{Folder{Keep: 2, Best: "val_loss", Higher: true}, "[3 9 10]"},
		{Folder{Keep: 2, Best: "accuracy"}, "[9 10]"}, // NaN
		{Folder{Keep: 9, Best: "val_loss"}, "[2 3 4 5 6 7 8 9 10]"},
	} {
		f := &test.folder
		begin(t, f)
		for step := 1; step <= 10; step++ {
			save(t, f, small(step))
		}
		if got := steps(t, f.Path); got != test.want {
			t.Errorf("%+v: kept %s, want %s", test.folder, got, test.want)
		}
		if err := f.End(); err != nil {
			t.Error(err)
		}
	}
}

func TestDue(t *testing.T) {
	now := time.Unix(0, 0)
	at := func(step int, score Number) Position {
		return Position{Step: step, Scores: map[string]Number{"val_loss": score}}
	}
	for _, test := range []struct {
		folder  Folder
		step    int
		score   Number
		elapsed time.Duration
		want    bool
	}{
		{Folder{}, 1000, 1, 59 * time.Second, false},
		{Folder{}, 1, 1, time.Minute, true},
		{Folder{Steps: 10}, 9, 1, time.Hour, false},
		{Folder{Steps: 10}, 10, 1, 0, true},
		{Folder{Steps: 10, Interval: time.Hour}, 9, 1, time.Hour, true},
		{Folder{Best: "val_loss"}, 5, 1, 0, true},
		{Folder{Best: "loss"}, 5, 1, 0, false},
	} {
		f := &test.folder
		f.now = func() time.Time { return now }
		begin(t, f)
		now = now.Add(test.elapsed)
		if got := f.Due(at(test.step, test.score)); got != test.want {
			t.Errorf("%+v at step %d after %v: got %v, want %v", test.folder, test.step, test.elapsed, got, test.want)
		}
		if err := f.End(); err != nil {
			t.Error(err)
		}
	}
	f := &Folder{Best: "val_loss", now: func() time.Time { return now }}
	begin(t, f)
	c := small(4)
	c.Scores = map[string]Number{"val_loss": 0.5}
	save(t, f, c)
	if f.Due(at(5, 0.5)) || f.Due(at(5, 0.6)) || !f.Due(at(5, 0.4)) {
		t.Error("only a better score is due")
	}
	if err := f.End(); err != nil {
		t.Error(err)
	}
	begin(t, f) // the best score is known again
	if f.Due(at(5, 0.5)) || !f.Due(at(5, 0.4)) {
		t.Error("after a new begin: only a better score is due")
	}
	if e, err := Best(f.Path, "val_loss", false); err != nil || e == nil || e.Step != 4 {
		t.Errorf("the best is %v, %v", e, err)
	}
	if err := f.End(); err != nil {
		t.Error(err)
	}
}

// Two runs cannot use one folder.
func TestFolderIsLocked(t *testing.T) {
	f := &Folder{}
	begin(t, f)
	other := &Folder{Path: f.Path}
	if _, err := other.Begin(); err == nil || !strings.Contains(err.Error(), "another run") {
		t.Skipf("SKIPPED: no locks here: %v", err)
	}
	if !InUse(f.Path) {
		t.Error("the folder is not in use")
	}
	if err := f.End(); err != nil {
		t.Fatal(err)
	}
	if InUse(f.Path) {
		t.Error("the folder is still in use")
	}
	if _, err := other.Begin(); err != nil {
		t.Fatal(err)
	}
	if err := other.End(); err != nil {
		t.Error(err)
	}
}

// What a killed process left of a file is removed.
func TestBeginRemovesTemporaries(t *testing.T) {
	f := &Folder{Path: t.TempDir()}
	for _, name := range []string{".gradflow-0123.tmp", "notes.tmp"} {
		if err := os.WriteFile(filepath.Join(f.Path, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	begin(t, f)
	defer f.End()
	if names, err := filepath.Glob(filepath.Join(f.Path, "*.tmp")); err != nil || len(names) != 1 || filepath.Base(names[0]) != "notes.tmp" {
		t.Errorf("left are %v, %v", names, err)
	}
	if names, err := filepath.Glob(filepath.Join(f.Path, ".gradflow*")); err != nil || len(names) != 0 {
		t.Errorf("left are %v, %v", names, err)
	}
}

func TestValidateFolder(t *testing.T) {
	for _, f := range []Folder{{}, {Path: "x", Steps: -1}, {Path: "x", Keep: -1}, {Path: "x", Interval: -1}} {
		if f.Validate() == nil {
			t.Errorf("%+v: no error", f)
		}
	}
	if err := (&Folder{Path: "x"}).Validate(); err != nil {
		t.Error(err)
	}
}

// large is a checkpoint that a small disk has no room for.
func large(step int) *Checkpoint {
	c := small(step)
	c.Params["large"] = tensor.New(tensor.WithShape(60_000), tensor.Of(tensor.Float32))
	return c
}

// A full disk costs the new checkpoint, not the old one.
// A checkpoint that is tried again at the end of the run, and is lost again, is told of once.
func TestLossIsToldOnce(t *testing.T) {
	var told []string
	f := &Folder{Path: t.TempDir(), Warn: func(err error) { told = append(told, err.Error()) }}
	begin(t, f)
	for _, step := range []int{0, 20, 30, 30} {
		if err := f.Lose(Position{Step: step}, errors.New("no space")); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 3 {
		t.Errorf("got %d warnings, want one of each step: %q", len(told), told)
	}
	if err := f.End(); err != nil {
		t.Error(err)
	}
}

func TestFullDisk(t *testing.T) {
	disk := t.TempDir()
	mount := exec.Command("mount", "-t", "tmpfs", "-o", "size=128k", "none", disk)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no small disk without the right to mount one: %v %s", err, out)
	}
	defer exec.Command("umount", disk).Run()
	var told error
	f := &Folder{Path: filepath.Join(disk, "checkpoints"), Keep: 1, Warn: func(err error) { told = err }}
	begin(t, f)
	save(t, f, small(1))
	save(t, f, large(2)) // goes on
	if told == nil || !strings.Contains(told.Error(), "step 2 could not be written, earlier ones are whole") || !strings.Contains(told.Error(), "no space left") {
		t.Errorf("the warning is %v", told)
	}
	if got := steps(t, f.Path); got != "[1]" {
		t.Errorf("kept %s, want [1]", got)
	}
	if err := f.Missing(); err == nil || !strings.Contains(err.Error(), "step-0000000002.safetensors, the last one, is missing") {
		t.Errorf("got %v, want an error that names the last checkpoint", err)
	}
	f.Required = true
	if err := f.Save(large(3)); err != nil {
		t.Fatal(err)
	}
	if err := f.Wait(); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("required: got error %v", err)
	}
	f.Required = false
	save(t, f, small(4)) // there is room for this one
	if got := steps(t, f.Path); got != "[4]" {
		t.Errorf("kept %s, want [4]", got)
	}
	if err := f.Missing(); err != nil {
		t.Errorf("got %v, want no error, as the last checkpoint is written", err)
	}
	if err := f.End(); err != nil {
		t.Error(err)
	}
	if c, passed, err := Newest(f.Path); err != nil || len(passed) > 0 || c.Step != 4 {
		t.Errorf("newest: %v, %v, %v", c, passed, err)
	}
}

// A state whose values panic is an error of that checkpoint.
func TestPanicInAState(t *testing.T) {
	f := &Folder{Required: true}
	begin(t, f)
	defer f.End()
	if err := f.Save(&Checkpoint{States: map[string]State{"x": {Values: panicking{}}}}); err != nil {
		t.Fatal(err)
	}
	if err := f.Wait(); err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("got error %v", err)
	}
}

type panicking struct{}

func (panicking) MarshalJSON() ([]byte, error) { panic(errors.New("broken")) }
