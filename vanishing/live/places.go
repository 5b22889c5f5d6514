package live

import (
	"slices"
	"sync"
	"time"
)

// places bound how many clients of one kind are served at a time. The zero value is empty.
type places struct {
	mu    sync.Mutex
	taken []*place // the oldest first
}

// A place is that of one client.
type place struct {
	since time.Time
	drop  func()
}

// enter takes one of so many places. If none is free it takes that of the client that came first, who is dropped, unless that
// one has had it for less than a given time. Leave gives the place back; after it nothing is dropped.
func (p *places) enter(most int, least time.Duration, drop func()) (leave func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.taken) >= most {
		if time.Since(p.taken[0].since) < least {
			return nil, false
		}
		p.taken[0].drop()
		p.taken = slices.Delete(p.taken, 0, 1)
	}
	one := &place{time.Now(), drop}
	p.taken = append(p.taken, one)
	return func() { p.leave(one) }, true
}

func (p *places) leave(one *place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.taken, one); i >= 0 {
		p.taken = slices.Delete(p.taken, i, i+1)
	}
}
