package vanishing

import (
	"sync/atomic"
	"time"
)

// A clock estimates the time spent on recording. It times only some of the records, because reading the time at every tap would
// cost more than the recording.
type clock struct {
	on    bool // whether the current record is timed
	tier  int  // of the current record, see tiers.highest
	tiers [3]struct {
		spent      atomic.Int64 // nanoseconds in the timed records, on all cores
		timed, all int          // number of records
	}
}

// timedEvery is the interval, in records, between timed records of each tier.
var timedEvery = [3]int{16, 4, 1}

func (c *clock) begin(tier int) {
	c.tier = tier
	t := &c.tiers[tier]
	if c.on = t.all%timedEvery[tier] == 0; c.on {
		t.timed++
	}
	t.all++
}

// start and stop enclose a timed section.
func (c *clock) start() time.Time {
	if !c.on {
		return time.Time{}
	}
	return time.Now()
}

func (c *clock) stop(start time.Time) {
	if c.on {
		c.tiers[c.tier].spent.Add(int64(time.Since(start)))
	}
}

// total estimates the time of all records.
func (c *clock) total() time.Duration {
	var sum time.Duration
	for i := range c.tiers {
		if t := &c.tiers[i]; t.timed > 0 {
			sum += time.Duration(float64(t.spent.Load()) / float64(t.timed) * float64(t.all))
		}
	}
	return sum
}
