package live

import (
	"time"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// A Source has a profile that grows while a network trains, as a [vanishing.Recorder] has. The profiles that it gives must not
// change later.
type Source interface {
	Profile() vanishing.Profile
}

var _ Source = (*vanishing.Recorder)(nil)

// Follow is a callback that shows a run: put it behind the source's own in the trainer's list. The page keeps the last seven
// runs.
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
}

var _ train.Callback = (*follower)(nil)

// Begin shows a new run.
func (f *follower) Begin(*train.Run) error {
	f.run, f.due = f.board.add(), time.Time{}
	return nil
}

// AfterStep takes a snapshot if one is due.
func (f *follower) AfterStep(*train.Run) error {
	now := time.Now()
	if now.Before(f.due) {
		return nil
	}
	f.board.put(f.run, f.source.Profile(), false)
	f.due = now.Add(pause(time.Since(now)))
	return nil
}

// End takes the last one.
func (f *follower) End(*train.Run) error {
	f.board.put(f.run, f.source.Profile(), true)
	return nil
}

const (
	interval = 100 * time.Millisecond // of snapshots and messages, at least
	idleness = 100                    // how many times as long as it works a goroutine rests
)

// pause is how long to rest after some work.
func pause(work time.Duration) time.Duration { return max(interval, idleness*work) }
