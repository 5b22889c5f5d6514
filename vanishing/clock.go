package vanishing

import "time"

// A clock adds up what recording takes. Reading the time at every tap of every record would itself be the most of it, so
// that the taps are timed in some of the records only.
type clock struct {
	on    bool // in the current record
	tier  int  // of the current record: 0 for norms, 1 for details
	tiers [2]struct {
		taps       time.Duration // in the timed records
		timed, all int           // records
	}
}

// timedEvery is how often the taps of a record of norms are timed. With details they always are.
const timedEvery = 16

func (c *clock) begin(details bool) {
	c.tier = 0
	if details {
		c.tier = 1
	}
	t := &c.tiers[c.tier]
	if c.on = details || t.all%timedEvery == 0; c.on {
		t.timed++
	}
	t.all++
}

// start and stop enclose what is timed.
func (c *clock) start() time.Time {
	if !c.on {
		return time.Time{}
	}
	return time.Now()
}

func (c *clock) stop(start time.Time) {
	if c.on {
		c.tiers[c.tier].taps += time.Since(start)
	}
}

// total estimates the time of all taps.
func (c *clock) total() time.Duration {
	var sum time.Duration
	for _, t := range c.tiers {
		if t.timed > 0 {
			sum += t.taps * time.Duration(t.all) / time.Duration(t.timed)
		}
	}
	return sum
}
