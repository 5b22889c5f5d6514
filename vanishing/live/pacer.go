package live

import (
	"context"
	"sync"
	"time"

	"github.com/pkg/errors"
)

// A pacer bounds how much is done in a second, however many clients ask for it: a cost is a part of that second. The zero
// value is ready.
type pacer struct {
	mu   sync.Mutex
	free time.Time // when the time of all that was let through is over
}

// credit is how much time may be used at once after a pause.
const credit = time.Second

var errBusy = errors.New("live: too many requests: try again in a second")

// wait waits for its turn to do something of some cost. Who would have to wait for longer than the server's patience gets
// errBusy at once.
func (p *pacer) wait(ctx context.Context, cost time.Duration) error {
	delay := p.reserve(time.Now(), cost)
	if delay > patience {
		return errBusy
	}
	select {
	case <-time.After(delay):
		return nil
	case <-ctx.Done():
		p.cancel(cost)
		return ctx.Err()
	}
}

// reserve gives the time until the turn. A turn further away than the server's patience is not reserved.
func (p *pacer) reserve(now time.Time, cost time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if earliest := now.Add(-credit); p.free.Before(earliest) {
		p.free = earliest
	}
	delay := p.free.Sub(now)
	if delay <= patience {
		p.free = p.free.Add(cost)
	}
	return delay
}

// cancel gives a reserved turn back.
func (p *pacer) cancel(cost time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = p.free.Add(-cost)
}
