package setup

import (
	"sync/atomic"
	"time"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// A SlowSteps is a callback that keeps the profile after each slow step, because a signal cannot wait for the end of the next.
// It comes after the recorder.
type SlowSteps struct {
	train.Base
	Recorder *vanishing.Recorder
	last     time.Time // end of the last step
	profile  atomic.Pointer[vanishing.Profile]
}

// slow is the time above which a step is slow.
const slow = console.StepTime / 5

// AfterStep implements train.Callback.
func (l *SlowSteps) AfterStep(*train.Run) error {
	now := time.Now()
	if now.Sub(l.last) > slow { // also true in the first step
		p := l.Recorder.Profile()
		l.profile.Store(&p)
	}
	l.last = now
	return nil
}

// Load is the profile after the last slow step.
func (l *SlowSteps) Load() vanishing.Profile {
	if p := l.profile.Load(); p != nil {
		return *p
	}
	return vanishing.Profile{}
}
