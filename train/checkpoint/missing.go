package checkpoint

import (
	stderrors "errors"
	"path/filepath"

	"github.com/pkg/errors"
)

// A miss is a checkpoint that would be the best one, had it been written.
type miss struct {
	score Number
	err   error
}

// Lose reports that the checkpoint of a position is not written, because of an error. It returns an error if Required.
func (f *Folder) Lose(p Position, err error) error {
	f.last, f.step = f.clock(), p.Step
	f.missing = errors.Wrapf(err, "checkpoint: %s, the last one, is missing", filepath.Join(f.Path, nameOf(p)))
	if v := p.Scores[f.Best]; f.improves(p) && (f.missingBest == nil || better(v, f.missingBest.score, f.Higher)) {
		f.missingBest = &miss{v, errors.Wrapf(err, "checkpoint: %s, the best one, is missing", filepath.Join(f.Path, nameOf(p)))}
	}
	earlier := "there is none yet"
	if list, _ := List(f.Path); len(list) > 0 {
		earlier = "earlier ones are whole"
	}
	err = errors.Wrapf(err, "checkpoint: the one of step %d could not be written, %s", p.Step, earlier)
	if f.Required {
		return err
	}
	if f.lost != p.Step+1 { // the last step is tried again at the end
		f.Note(err)
	}
	f.lost = p.Step + 1
	return nil
}

// Missing is an error if the last checkpoint of the run, or the best one, could not be written: the folder then holds the weights of
// earlier steps, or those of worse ones. Call it after Fit, which returns the error itself if Required.
func (f *Folder) Missing() error {
	if f.Required {
		return nil
	}
	best := f.missingBest
	if best == nil || f.best != nil && !better(best.score, *f.best, f.Higher) { // a later one is as good
		return f.missing
	}
	return stderrors.Join(f.missing, best.err)
}
