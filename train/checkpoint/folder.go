package checkpoint

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/files"
)

// A Folder keeps the checkpoints of one run. Path is needed; the zero value of every other field is a default. A trainer calls the
// methods.
type Folder struct {
	Path string // made if it does not exist

	Steps    int           // write after so many steps; 0 means not by steps
	Interval time.Duration // write when so much time has passed; 0 means a minute, or not by time if Steps is set

	Keep   int    // newest checkpoints to keep; 0 means 3
	Best   string // score, such as "val_loss", of which the best checkpoint is kept too, written at the end of its epoch
	Higher bool   // higher scores are better, as accuracies

	// Required ends the run with an error if a checkpoint cannot be written, for example because the disk is full. Otherwise the
	// run goes on without it, Warn is told, and the next checkpoint is written when it is due. Older ones stay in both cases.
	Required bool
	// Warn is told of a damaged checkpoint that was passed over and of one that could not be written, during the call of Fit. nil
	// prints to os.Stderr. [Folder.Missing] tells after Fit of the last one and of the best one.
	Warn func(error)

	unlock  func()
	writing chan error // gets one value when the current write ends; nil if there is none
	written Position   // of the current write
	last    time.Time  // when the last write began
	step    int        // of the last write
	lost    int        // 1 + the step of the last checkpoint that could not be written; 0 if there is none
	best    *Number    // score so far

	missing     error // the last checkpoint could not be written, for this reason; nil if it was
	missingBest *miss // the same of the one with the best score

	now func() time.Time // nil means time.Now
}

// Validate returns an error that names the first field that is out of range, if any.
func (f *Folder) Validate() error {
	switch {
	case f.Path == "":
		return errors.New("checkpoint: Folder.Path: got nothing, want a folder")
	case f.Steps < 0 || f.Keep < 0 || f.Interval < 0:
		return errors.Errorf("checkpoint: Folder: got Steps %d, Keep %d and Interval %v, want positive numbers, or 0 for the default", f.Steps, f.Keep, f.Interval)
	}
	return nil
}

// Begin locks the folder for this run, and gives its newest whole checkpoint; nil if there is none at all. Damaged ones are renamed,
// so that they are not taken again.
func (f *Folder) Begin() (*Checkpoint, error) {
	if err := os.MkdirAll(f.Path, 0o755); err != nil {
		return nil, errors.Wrap(err, "checkpoint")
	}
	unlock, err := files.Lock(f.Path)
	if errors.Is(err, files.ErrLocked) {
		return nil, errors.Errorf("checkpoint: got %s, which another run is using, want another folder (or wait for that run)", f.Path)
	}
	if err != nil {
		return nil, errors.Wrap(err, "checkpoint")
	}
	f.unlock = unlock
	c, err := f.newest()
	if err != nil {
		f.unlock()
	}
	return c, err
}

// newest prepares the folder, and reads its newest whole checkpoint.
func (f *Folder) newest() (*Checkpoint, error) {
	if err := files.Remove(f.Path, isTemporary); err != nil { // of a process that was killed
		return nil, errors.Wrap(err, "checkpoint")
	}
	c, passed, err := Newest(f.Path)
	if err != nil {
		return nil, err
	}
	for _, d := range passed {
		f.Note(errors.Wrapf(d.Err, "taking the one of step %d in place of a newer one, which is now %s.damaged", c.Step, filepath.Base(d.Path)))
		if err := os.Rename(d.Path, d.Path+".damaged"); err != nil {
			return nil, errors.Wrap(err, "checkpoint")
		}
	}
	f.last, f.best, f.step, f.missing, f.missingBest = f.clock(), nil, 0, nil, nil
	if c != nil {
		f.step = c.Step
	}
	e, err := Best(f.Path, f.Best, f.Higher)
	if e != nil {
		f.note(e.Position)
	}
	return c, err
}

func isTemporary(name string) bool {
	matches, _ := filepath.Match(files.Temporary, name) // the pattern is well formed
	return matches
}

// Due reports whether a checkpoint is to be written at a position.
func (f *Folder) Due(p Position) bool {
	if f.Steps > 0 && p.Step >= f.step+f.Steps || f.interval() > 0 && f.clock().Sub(f.last) >= f.interval() {
		return true
	}
	return f.improves(p)
}

func (f *Folder) interval() time.Duration {
	if f.Interval == 0 && f.Steps == 0 {
		return time.Minute
	}
	return f.Interval
}

// improves reports whether a position has the best score so far.
func (f *Folder) improves(p Position) bool {
	v, has := p.Scores[f.Best]
	return has && v == v && (f.best == nil || better(v, *f.best, f.Higher))
}

// note keeps the score of a position that is in the folder.
func (f *Folder) note(p Position) {
	if f.improves(p) {
		v := p.Scores[f.Best]
		f.best = &v
	}
}

// Save writes a checkpoint in the background, when the last one is written. What it holds must not change any more. It returns the
// error of the last one, if Required.
func (f *Folder) Save(c *Checkpoint) error {
	if err := f.Wait(); err != nil {
		return err
	}
	done := make(chan error, 1)
	f.writing, f.written, f.last, f.step = done, c.Position, f.clock(), c.Step
	go func() { done <- f.write(c) }()
	return nil
}

// write writes a checkpoint, and removes those that are no longer to be kept.
func (f *Folder) write(c *Checkpoint) (err error) {
	defer func() {
		if r := recover(); r != nil { // of a method of the values of a state
			err = errors.Errorf("checkpoint: step %d: panic: %v", c.Step, r)
		}
	}()
	if err := c.Write(filepath.Join(f.Path, nameOf(c.Position))); err != nil {
		return err
	}
	return f.prune()
}

// prune removes all but the newest checkpoints and the best one.
func (f *Folder) prune() error {
	list, err := List(f.Path)
	if err != nil {
		return err
	}
	keep := best(list, f.Best, f.Higher)
	for i, e := range list[:max(0, len(list)-cmp.Or(f.Keep, 3))] {
		if i == keep {
			continue
		}
		if err := os.Remove(e.Path); err != nil {
			return errors.Wrap(err, "checkpoint")
		}
	}
	return nil
}

// Check returns the error of a write that has ended since, if Required, without waiting.
func (f *Folder) Check() error {
	select {
	case err := <-f.writing:
		return f.finish(err)
	default:
		return nil
	}
}

// Wait waits until all is written.
func (f *Folder) Wait() error {
	if f.writing == nil {
		return nil
	}
	return f.finish(<-f.writing)
}

// finish takes note of a write that has ended.
func (f *Folder) finish(err error) error {
	f.writing = nil
	if err != nil {
		return f.Lose(f.written, err)
	}
	f.missing = nil
	f.note(f.written)
	return nil
}

// End waits until all is written, and lets other runs use the folder.
func (f *Folder) End() error {
	err := f.Wait()
	f.unlock()
	return err
}

// Note tells Warn of something that does not end the run.
func (f *Folder) Note(err error) {
	if f.Warn != nil {
		f.Warn(err)
		return
	}
	fmt.Fprintf(os.Stderr, "gradflow: %v\n", err)
}

func (f *Folder) clock() time.Time {
	if f.now == nil {
		return time.Now()
	}
	return f.now()
}

// InUse reports whether a run is using a folder of checkpoints.
func InUse(folder string) bool {
	unlock, err := files.Lock(folder)
	if err == nil {
		unlock()
	}
	return errors.Is(err, files.ErrLocked)
}
