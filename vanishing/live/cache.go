package live

import (
	"crypto/rand"
	"strconv"
	"sync"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
)

// A cache holds the newest text about a board. All clients share its bytes. The zero value is empty.
type cache struct {
	mu      sync.Mutex // held while a text is written
	last    text
	name    string // makes the identifiers differ from those of any other cache of any server
	written int    // texts so far
}

// A text is written once and never changes.
type text struct {
	version int
	id      string // differs from that of any other text
	data    []byte
	err     error
	due     time.Time // when the next text may be written
}

// A writer writes the text with an identifier about some runs.
type writer func(id string, profiles []vanishing.Profile, finished bool) ([]byte, error)

// newest is the text about the present version of a board. The first client that asks for it writes it, for all. If it is too
// soon to write another text, newest gives the one before it, and again is how long to wait. The end of all runs is written at
// once. An error is kept like a text: to ask again costs nothing.
func (c *cache) newest(b *board, write writer) (t text, again time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	version, profiles, finished := b.profiles()
	if c.last.id != "" && c.last.version == version {
		return c.last, 0
	}
	begin := time.Now()
	if begin.Before(c.last.due) && !finished {
		return c.last, c.last.due.Sub(begin)
	}
	if c.name == "" {
		c.name = rand.Text()
	}
	c.written++
	id := c.name + "-" + strconv.Itoa(c.written)
	data, err := check(id, profiles, finished, write)
	end := time.Now()
	c.last = text{version, id, data, err, end.Add(pause(end.Sub(begin)))}
	return c.last, 0
}

// check writes a text about valid profiles.
func check(id string, profiles []vanishing.Profile, finished bool, write writer) ([]byte, error) {
	for _, p := range profiles {
		if err := p.Validate(); err != nil {
			return nil, errors.Wrapf(err, "live: network %q", p.Name)
		}
	}
	return write(id, profiles, finished)
}
