package pool

import "time"

const (
	// awake is how long a worker looks for work before it sleeps. The kernels of a training step follow each other
	// within some 20 microseconds; waking a sleeper costs the caller about 5.
	awake = 50 * time.Microsecond
	// patience is how many pauses a waiting caller makes before it offers its processor to other goroutines.
	patience = 2000
)

// work is the loop of a worker: it does pieces, spins for more, then sleeps until Run wakes it.
func (e *team) work() {
	for {
		for e.doOne() {
		}
		if e.awaitWork() {
			continue
		}
		e.asleep.Add(1)
		// A Run that began before this worker counted as asleep did not wake it.
		if e.left.Load() <= 0 {
			<-e.wake
		}
		e.asleep.Add(-1)
	}
}

// awaitWork spins until there is work, or returns false if none came for a while.
func (e *team) awaitWork() bool {
	for start := time.Now(); time.Since(start) < awake; {
		for range 16 {
			if e.left.Load() > 0 {
				return true
			}
			pause()
		}
	}
	return false
}
