package main

import (
	"sync/atomic"
	"time"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// A slowSteps is a callback that keeps the profile of a network whose steps are slow, for a signal that cannot wait for the end
// of a step. It comes after the recorder.
type slowSteps struct {
	train.Base
	recorder *vanishing.Recorder
	last     time.Time // a step ended
	profile  atomic.Pointer[vanishing.Profile]
}

// slow is the time from which on a step is.
const slow = stepTime / 5

// AfterStep implements train.Callback.
func (l *slowSteps) AfterStep(*train.Run) error {
	now := time.Now()
	if now.Sub(l.last) > slow { // and in the first step
		p := l.recorder.Profile()
		l.profile.Store(&p)
	}
	l.last = now
	return nil
}

// load is the profile until the last slow step.
func (l *slowSteps) load() vanishing.Profile {
	if p := l.profile.Load(); p != nil {
		return *p
	}
	return vanishing.Profile{}
}
