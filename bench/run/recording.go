package main

import (
	"io"
	"time"

	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/vanishing"
)

// A recording is a setting of a recorder, and its period.
type recording struct {
	name     string // of the rival
	about    string
	recorder func(when vanishing.Schedule) *vanishing.Recorder
	period   int // steps from one record to the next
}

// recordings are the settings to measure.
var recordings = []recording{
	{"norms", "norms, every step", func(when vanishing.Schedule) *vanishing.Recorder {
		return &vanishing.Recorder{Steps: when, Details: vanishing.Never, Histograms: vanishing.Never, NoTheory: true, MaxRecords: everyRecord}
	}, 1},
	{"details", "details too, every 10 steps", func(when vanishing.Schedule) *vanishing.Recorder {
		return &vanishing.Recorder{Steps: when, Details: vanishing.Every(1), Histograms: vanishing.Never, NoTheory: true, MaxRecords: everyRecord}
	}, 10},
	{"histograms", "histograms too, every 100 steps", func(when vanishing.Schedule) *vanishing.Recorder {
		return &vanishing.Recorder{Steps: when, Details: vanishing.Every(1), Histograms: vanishing.Every(1), NoTheory: true, MaxRecords: everyRecord}
	}, 100},
}

// everyRecord is a limit of records that no run reaches. By default a recorder drops some after a thousand.
const everyRecord = 1 << 30

// A trigger is a schedule that records while it is on.
type trigger struct{ on bool }

// At implements vanishing.Schedule.
func (t *trigger) At(int) bool { return t.on }

func (t *trigger) String() string { return "on demand" }

// A recordedStepper is a network with a recorder and its twin without one. Both train in one process, interleaved a few steps at
// a time, so a disturbance affects both.
type recordedStepper struct {
	recorded, plain bench.Stepper
	trigger         *trigger
	period          int
	now             func() time.Time
}

// turnSteps is the number of steps that one of the two makes before the other continues. With a period of 10 or more, one of
// these steps is recorded, in the middle, because the first ones run with cold caches.
const turnSteps = 10

// groupTurns is the number of turns that are compared as one. A record holds the signal-to-noise ratios of a quarter of the
// layers, so the records of four turns cover all layers.
const groupTurns = 4

// newRecorded sets up a workload with and without a recorder.
func newRecorded(r recording, w bench.Workload, batch int, optimizer string) (*recordedStepper, error) {
	t := &trigger{}
	recorded, err := bench.NewOurs(w, batch, optimizer, r.recorder(t))
	if err != nil {
		return nil, err
	}
	plain, err := bench.NewOurs(w, batch, optimizer, nil)
	return &recordedStepper{recorded, plain, t, r.period, time.Now}, err
}

// race trains both for some steps. It returns the loss and the cost of recording: the time of a step with a recorder divided by
// the time without, on average over a period, as the median over groups of turns.
func (s *recordedStepper) race(steps int) (loss, cost float64, err error) {
	var ratios []float64
	for turns := (steps + turnSteps - 1) / turnSteps; turns > 0; turns -= groupTurns {
		var with, without time.Duration
		for i := range min(groupTurns, turns) {
			for k := range 2 {
				var d time.Duration
				if (i+k)%2 == 0 {
					d, loss, err = s.timeTurn(s.recorded)
					with += d
				} else {
					d, _, err = s.timeTurn(s.plain)
					without += d
				}
				if err != nil {
					return 0, 0, err
				}
			}
		}
		ratios = append(ratios, float64(with)/float64(without))
	}
	return loss, 1 + (median(ratios)-1)*turnSteps/float64(max(turnSteps, s.period)), nil
}

// timeTurn is the time of one turn.
func (s *recordedStepper) timeTurn(stepper bench.Stepper) (d time.Duration, loss float64, err error) {
	start := s.now()
	for i := range turnSteps {
		s.trigger.on = s.period == 1 || i == turnSteps/2
		if loss, err = stepper.Step(); err != nil {
			return 0, 0, err
		}
	}
	return s.now().Sub(start), loss, nil
}

// findRecording returns the recording with the name of a rival.
func findRecording(name string) (recording, bool) {
	for _, r := range recordings {
		if r.name == name {
			return r, true
		}
	}
	return recording{}, false
}

// recorded reports whether the recordings are measured in a configuration.
func (c configuration) recorded() bool { return c.optimizer == "sgd" }

// withRecordings adds the names of the recordings, if they are measured, to the names of the rivals.
func (c configuration) withRecordings(names ...string) []string {
	if c.recorded() {
		for _, r := range recordings {
			names = append(names, r.name)
		}
	}
	return names
}

// compareRecordings measures the recordings alone, and prints their table.
func compareRecordings(w io.Writer, quick bool, only string) error {
	s := newSetup(true)
	var results []*result
	for _, c := range configurations(quick, only) {
		if !c.recorded() {
			continue
		}
		r, err := s.measure(c, c.withRecordings(ours))
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	p := &page{w: w}
	p.recording(results)
	return p.err
}
