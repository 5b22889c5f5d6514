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
	begun   int // runs
	planned int // runs; 0 if not known
	version int
	changed chan struct{} // closed when the version changes
	closed  chan struct{} // closed when the version will change no more
}

// shown is the newest snapshot of a run.
type shown struct {
	profile  vanishing.Profile
	progress progress
	finished bool
}

// A view is what a board shows: the snapshots of all runs that have begun to record, and how far the others are.
type view struct {
	profiles []vanishing.Profile
	progress []progress // of the runs that go on, where it is known
	begun    int        // runs
	planned  int        // runs; 0 if not known
	finished bool       // whether all runs have ended
}

// add adds a run, in place of the oldest if there are too many.
func (b *board) add() *shown {
	b.mu.Lock()
	defer b.mu.Unlock()
	run := &shown{}
	b.begun++
	b.runs = append(b.runs[max(0, len(b.runs)-maxRuns+1):len(b.runs):len(b.runs)], run)
	b.change()
	return run
}

// put replaces a run's snapshot.
func (b *board) put(run *shown, p vanishing.Profile, now progress, finished bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now.Name = p.Name
	run.profile, run.progress, run.finished = p, now, finished
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

// expect sets the number of runs that are planned.
func (b *board) expect(runs int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.planned = runs
	b.change()
}

// view returns what to show. Runs that are planned and have not begun count as unfinished.
func (b *board) view() (version int, v view) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v.begun, v.planned = b.begun, b.planned
	v.finished = len(b.runs) > 0 && b.begun >= b.planned
	for _, run := range b.runs {
		v.finished = v.finished && run.finished
		if len(run.profile.Records) == 0 {
			continue
		}
		v.profiles = append(v.profiles, run.profile)
		if !run.finished && run.progress.Steps > 0 {
			v.progress = append(v.progress, run.progress)
		}
	}
	return b.version, v
}
