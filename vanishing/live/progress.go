package live

import (
	"time"

	"github.com/gradflow/gradflow/train"
)

// A progress is how far a run is, and how fast it goes.
type progress struct {
	Name  string  `json:"name"`
	Step  int     `json:"step"`  // steps made
	Steps int     `json:"steps"` // planned
	Rate  float64 `json:"rate"`  // samples a second; 0 if not known yet
	Left  float64 `json:"left"`  // seconds to the end, if all steps take as long as those made
	All   float64 `json:"all"`   // seconds that all planned steps take then
}

// A stopwatch measures a run from the end of its first step on, which takes longer than the others.
type stopwatch struct {
	start   time.Time
	first   int // the first step
	samples int // since then
}

// step counts a step that has just ended.
func (w *stopwatch) step(now time.Time, run *train.Run) {
	if w.start.IsZero() {
		w.start, w.first = now, run.Step
		return
	}
	w.samples += run.Program.Input.Shape()[0]
}

// progress is that of a run at a time.
func (w *stopwatch) progress(now time.Time, step, steps int) progress {
	p := progress{Step: step + 1, Steps: steps}
	elapsed, made := now.Sub(w.start).Seconds(), step-w.first
	if made < 1 || elapsed <= 0 {
		return p
	}
	each := elapsed / float64(made)
	p.Rate, p.Left, p.All = float64(w.samples)/elapsed, each*float64(max(0, steps-p.Step)), each*float64(steps)
	return p
}
