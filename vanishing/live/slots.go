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

// enter takes one of at most n slots. If all are taken, it drops the oldest client, or fails if that client has had its slot for
// less than minTime. leave frees the slot.
func (s *slots) enter(n int, minTime time.Duration, drop func()) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.taken) >= n {
		if time.Since(s.taken[0].since) < minTime {
			return nil, false
		}
		s.taken[0].drop()
		s.taken = slices.Delete(s.taken, 0, 1)
	}
	taken := &slot{time.Now(), drop}
	s.taken = append(s.taken, taken)
	return func() { s.leave(taken) }, true
}

func (s *slots) leave(taken *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.taken, taken); i >= 0 {
		s.taken = slices.Delete(s.taken, i, i+1)
	}
}
