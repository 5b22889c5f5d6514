package live

import (
	"context"
	"sync"
	"time"

	"github.com/pkg/errors"
)

// A pacer bounds the work done in a second, however many clients ask for it. The cost of a piece of work is its share of that
// second. The zero value is ready.
type pacer struct {
	mu   sync.Mutex
	free time.Time // when all admitted work has used up its time
}

// credit is how much unused time the pacer saves up.
const credit = time.Second

var errBusy = errors.New("live: too many requests: try again in a second")

// wait blocks until work of some cost may start. It returns errBusy immediately if the delay is beyond the server's patience.
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

// reserve reserves time for work and returns the delay until it may start. It reserves nothing if the delay is beyond the
// server's patience.
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

// cancel returns reserved time.
func (p *pacer) cancel(cost time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = p.free.Add(-cost)
}
