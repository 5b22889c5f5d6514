package live

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/page"
)

// maxRuns is how many runs are shown: as many as the page has colours.
const maxRuns = 7

// A board is what there is to show: written by runs, read by viewers. The zero value is empty.
type board struct {
	mu      sync.Mutex
	runs    []*shown
	version int
	changed chan struct{} // closed when the version changes
	closed  chan struct{} // closed when there will be no more

	writing sync.Mutex // held while a message is written, by the first viewer who needs it
	message message    // the last one
	name    string     // of this board, in the messages' identifiers
}

// shown is the newest snapshot of a run.
type shown struct {
	profile  vanishing.Profile
	finished bool
}

// A message is what viewers are sent.
type message struct {
	version int
	id      string    // differs from that of any other message of any server
	data    []byte    // JSON in one line
	due     time.Time // when the next one may be written
}

// add makes place for a new run.
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

// change tells the viewers.
func (b *board) change() {
	b.version++
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// close tells them that there will be no more.
func (b *board) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prepare()
	close(b.closed)
}

// news gives what is closed at the next change, and what is closed when there will be no more.
func (b *board) news() (changed, closed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prepare()
	return b.changed, b.closed
}

// prepare makes the channels of a board that has none.
func (b *board) prepare() {
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	if b.closed == nil {
		b.closed = make(chan struct{})
	}
}

// profiles are the snapshots of all runs that have begun to record, and whether all of them are finished.
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

// newest is the message of the present version. The first viewer who asks for it writes it, for all. If it is too soon to
// write another one it is the message before, and again is how long to wait.
func (b *board) newest() (m message, again time.Duration, err error) {
	b.writing.Lock()
	defer b.writing.Unlock()
	version, profiles, finished := b.profiles()
	if b.message.id != "" && b.message.version == version {
		return b.message, 0, nil
	}
	begin := time.Now()
	if begin.Before(b.message.due) && !finished { // what is finished is said once
		return b.message, b.message.due.Sub(begin), nil
	}
	if b.name == "" {
		b.name = rand.Text()
	}
	for _, p := range profiles {
		if err := p.Validate(); err != nil {
			return message{}, 0, errors.Wrapf(err, "live: network %q", p.Name)
		}
	}
	data, err := page.Data(profiles, page.Brief)
	if err != nil {
		return message{}, 0, err
	}
	text := fmt.Appendf(nil, `{"finished":%t,"page":%s}`, finished, data)
	end := time.Now()
	b.message = message{version, b.name + "-" + strconv.Itoa(version), text, end.Add(pause(end.Sub(begin)))}
	return b.message, 0, nil
}
