package data

import "time"

// Waiting tells how long a loader's caller has waited for batches, over any number of walks. A caller that works longer on a batch
// than the workers need to prepare one waits for the first batch of a walk alone.
type Waiting struct {
	Batches int           // delivered
	Late    int           // of these, batches that were not ready when the caller asked for them
	Time    time.Duration // spent waiting
}

// add counts a batch that the caller has asked for. A nil Waiting counts nothing.
func (w *Waiting) add(asked time.Time, late bool) {
	if w == nil {
		return
	}
	w.Batches++
	w.Time += time.Since(asked)
	if late {
		w.Late++
	}
}
