package live

import (
	"time"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// A Source returns the profile of a network in training, as a [vanishing.Recorder] does. A returned profile must not change
// later.
type Source interface {
	Profile() vanishing.Profile
}

var _ Source = (*vanishing.Recorder)(nil)

// Follow returns a callback that shows a run. In the trainer's list it comes after the source. The page keeps the last seven runs.
func (s *Server) Follow(source Source) train.Callback {
	return &follower{board: &s.board, source: source}
}

// A follower takes snapshots of one run.
type follower struct {
	train.Base
	board  *board
	source Source
	run    *shown
	due    time.Time // of the next snapshot
	watch  stopwatch
}

var _ train.Callback = (*follower)(nil)

// Begin shows a new run.
func (f *follower) Begin(*train.Run) error {
	f.run, f.due, f.watch = f.board.add(), time.Time{}, stopwatch{}
	return nil
}

// AfterStep takes a snapshot if one is due.
func (f *follower) AfterStep(run *train.Run) error {
	now := time.Now()
	f.watch.step(now, run)
	if now.Before(f.due) {
		return nil
	}
	f.board.put(f.run, f.source.Profile(), f.watch.progress(now, run.Step, run.Steps), false)
	f.due = now.Add(pause(time.Since(now)))
	return nil
}

// End takes the last snapshot.
func (f *follower) End(*train.Run) error {
	f.board.put(f.run, f.source.Profile(), progress{}, true)
	return nil
}

const (
	minInterval = 100 * time.Millisecond // between snapshots, and between messages
	idleRatio   = 100                    // a goroutine is idle at least 100 times as long as its last work took
)

// pause is the idle time after some work.
func pause(work time.Duration) time.Duration { return max(minInterval, idleRatio*work) }
