package live

import (
	"slices"
	"sync"
	"time"
)

// slots bounds how many clients of one kind are served at a time. The zero value is empty.
type slots struct {
	mu    sync.Mutex
	taken []*slot // the oldest first
}

// A slot is taken by one client.
type slot struct {
	since time.Time
	drop  func()
}

// enter takes one of so many slots. If all are taken, the client that came first is dropped, unless it has had its slot for less
// than a given time. Leave frees the slot.
func (s *slots) enter(most int, least time.Duration, drop func()) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.taken) >= most {
		if time.Since(s.taken[0].since) < least {
			return nil, false
		}
		s.taken[0].drop()
		s.taken = slices.Delete(s.taken, 0, 1)
	}
	one := &slot{time.Now(), drop}
	s.taken = append(s.taken, one)
	return func() { s.leave(one) }, true
}

func (s *slots) leave(one *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.taken, one); i >= 0 {
		s.taken = slices.Delete(s.taken, i, i+1)
	}
}
