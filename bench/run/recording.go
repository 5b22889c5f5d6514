package main

import (
	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/vanishing"
)

// A recording is one way to record: what, and once in how many steps.
type recording struct {
	name     string // of the rival
	about    string
	recorder func(when vanishing.Schedule) *vanishing.Recorder
	period   int
}

// recordings are the ways that are measured.
var recordings = []recording{
	{"norms", "norms, every step", func(when vanishing.Schedule) *vanishing.Recorder {
		return &vanishing.Recorder{Steps: when, Details: vanishing.Never, Histograms: vanishing.Never, NoTheory: true}
	}, 1},
	{"details", "details too, every 10 steps", func(when vanishing.Schedule) *vanishing.Recorder {
		return &vanishing.Recorder{Steps: when, Details: vanishing.Every(1), Histograms: vanishing.Never, NoTheory: true}
	}, 10},
	{"histograms", "histograms too, every 100 steps", func(when vanishing.Schedule) *vanishing.Recorder {
		return &vanishing.Recorder{Steps: when, Details: vanishing.Every(1), Histograms: vanishing.Every(1), NoTheory: true}
	}, 100},
}

// A trigger is a schedule that is told in which steps to record.
type trigger struct{ on bool }

// At implements vanishing.Schedule.
func (t *trigger) At(int) bool { return t.on }

func (t *trigger) String() string { return "when told" }

// A recordedStepper is a network in training that is recorded once in a period. In a block of steps as long as a period or
// longer it is in step 0 and once a period from there on; in a shorter one in step 0.
type recordedStepper struct {
	bench.Stepper
	trigger *trigger
	period  int
}

// newRecorded sets up a workload that is recorded.
func newRecorded(r recording, w bench.Workload, batch int, optimizer string) (*recordedStepper, error) {
	t := &trigger{}
	s, err := bench.NewOurs(w, batch, optimizer, r.recorder(t))
	return &recordedStepper{s, t, r.period}, err
}

// typical is the time of a step from those of a block: the median, which leaves out interruptions from outside; where some
// of the steps are recorded and others not, the medians of both, as often as there is one and the other in a period.
func (s *recordedStepper) typical(times []float64) float64 {
	if s.period == 1 {
		return median(times)
	}
	// The step behind a recorded one runs in another plan, whose memory has gone cold: what it takes longer is a cost too.
	var kinds [3][]float64
	for i, t := range times {
		kind := min(i%s.period, 2)
		kinds[kind] = append(kinds[kind], t)
	}
	recorded, behind, others := median(kinds[0]), median(kinds[1]), median(kinds[2])
	return others + (recorded-others+behind-others)/float64(s.period)
}

// findRecording gives a recording by the name of its rival.
func findRecording(name string) (recording, bool) {
	for _, r := range recordings {
		if r.name == name {
			return r, true
		}
	}
	return recording{}, false
}

// recorded tells whether the recordings are measured in a configuration.
func (c configuration) recorded() bool { return c.optimizer == "sgd" }
