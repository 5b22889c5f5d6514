package live

import (
	"sync"

	"github.com/gradflow/gradflow/vanishing"
)

// maxRuns is the most runs that are shown: the number of colours of the page.
const maxRuns = 7

// A board holds the snapshots to show. Runs write them and viewers read them. The zero value is empty.
type board struct {
	mu      sync.Mutex
	runs    []*shown
	version int
	changed chan struct{} // closed when the version changes
	closed  chan struct{} // closed when the version will change no more
}

// shown is the newest snapshot of a run.
type shown struct {
	profile  vanishing.Profile
	finished bool
}

// add adds a run, in place of the oldest if there are too many.
func (b *board) add() *shown {
	b.mu.Lock()
	defer b.mu.Unlock()
	run := &shown{}
	b.runs = append(b.runs[max(0, len(b.runs)-maxRuns+1):len(b.runs):len(b.runs)], run)
	b.change()
	return run
}

// put replaces a run's snapshot.
func (b *board) put(run *shown, p vanishing.Profile, finished bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	run.profile, run.finished = p, finished
	b.change()
}

// change raises the version and wakes the viewers. The lock must be held.
func (b *board) change() {
	b.version++
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// close tells the viewers that there will be no more changes.
func (b *board) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prepare()
	close(b.closed)
}

// news returns a channel that is closed at the next change, and one that is closed when there will be no more changes.
func (b *board) news() (changed, closed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prepare()
	return b.changed, b.closed
}

// prepare makes the channels if there are none.
func (b *board) prepare() {
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	if b.closed == nil {
		b.closed = make(chan struct{})
	}
}

// profiles are the snapshots of all runs that have begun to record. finished tells whether all runs are.
func (b *board) profiles() (version int, profiles []vanishing.Profile, finished bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	finished = len(b.runs) > 0
	for _, run := range b.runs {
		finished = finished && run.finished
		if len(run.profile.Records) > 0 {
			profiles = append(profiles, run.profile)
		}
	}
	return b.version, profiles, finished
}
