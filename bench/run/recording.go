package main

import (
	"io"

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

// A recordedStepper is a workload with and without a recorder.
type recordedStepper struct {
	twins
	sampled *sampledStepper // the one with the recorder
}

// A sampledStepper turns its recorder on in every step if its period is 1, and otherwise in one step of each turn, in the middle, because the
// first ones run with cold caches.
type sampledStepper struct {
	bench.Stepper
	trigger *trigger
	period  int
	steps   int
	loss    float64 // of the last step
}

// Step implements bench.Stepper.
func (s *sampledStepper) Step() (loss float64, err error) {
	s.trigger.on = s.period == 1 || s.steps%turnSteps == turnSteps/2
	s.steps++
	s.loss, err = s.Stepper.Step()
	return s.loss, err
}

// turnSteps is the number of steps that one of the two makes before the other continues.
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
	return newRecordedStepper(&sampledStepper{Stepper: recorded, trigger: t, period: r.period}, plain, used()), err
}

func newRecordedStepper(sampled *sampledStepper, plain bench.Stepper, now func() usage) *recordedStepper {
	return &recordedStepper{twins{sampled, plain, now}, sampled}
}

// race trains both for some steps. It returns the loss and the cost of recording: the time of a step with a recorder divided by
// the time without, on average over a period, as the median over groups of turns.
func (s *recordedStepper) race(steps int) (loss, cost float64, err error) {
	var ratios []float64
	for turns := (steps + turnSteps - 1) / turnSteps; turns > 0; turns -= groupTurns {
		_, ratio, err := s.twins.race(min(groupTurns, turns)*turnSteps, turnSteps)
		if err != nil {
			return 0, 0, err
		}
		ratios = append(ratios, ratio)
	}
	return s.sampled.loss, 1 + (median(ratios)-1)*turnSteps/float64(max(turnSteps, s.sampled.period)), nil
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
