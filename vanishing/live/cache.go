package live

import (
	"crypto/rand"
	"strconv"
	"sync"
	"time"

	"github.com/pkg/errors"
)

// A cache holds the newest text about a board. All clients share its bytes. The zero value is empty.
type cache struct {
	mu      sync.Mutex // held while a text is written
	last    text
	name    string // unique among the caches of all servers
	written int    // texts so far
}

// A text is written once and never changes.
type text struct {
	version int
	id      string // unique among all texts
	data    []byte
	err     error
	due     time.Time // when the next text may be written
}

// A writer writes the text with an identifier about some runs.
type writer func(id string, v view) ([]byte, error)

// newest is the text about the current version of a board. The first client that asks for it writes it, for all clients. If it
// is too soon to write another text, newest returns the previous one and the time to wait. The end of all runs is written
// immediately. Errors are cached like texts.
func (c *cache) newest(b *board, write writer) (t text, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	version, v := b.view()
	if c.last.id != "" && c.last.version == version {
		return c.last, 0
	}
	begin := time.Now()
	if begin.Before(c.last.due) && !v.finished {
		return c.last, c.last.due.Sub(begin)
	}
	if c.name == "" {
		c.name = rand.Text()
	}
	c.written++
	id := c.name + "-" + strconv.Itoa(c.written)
	data, err := check(id, v, write)
	end := time.Now()
	c.last = text{version, id, data, err, end.Add(pause(end.Sub(begin)))}
	return c.last, 0
}

// check writes a text if all profiles are valid.
func check(id string, v view, write writer) ([]byte, error) {
	for _, p := range v.profiles {
		if err := p.Validate(); err != nil {
			return nil, errors.Wrapf(err, "live: network %q", p.Name)
		}
	}
	return write(id, v)
}
