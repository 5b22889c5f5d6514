package machine

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"gorgonia.org/tensor"
)

// A Timing is how long each operation of a machine took.
type Timing struct {
	Runs  int
	Steps []StepTime // in the order in which they run
}

// A StepTime is how long one operation took.
type StepTime struct {
	Op    string
	Layer string // empty if the node belongs to none
	Node  int64
	Shape tensor.Shape
	Times []Interval // one for each run
}

// An Interval is when an operation ran, counted from the start of the measurement.
type Interval struct{ Start, Duration time.Duration }

// Total is the time over all runs.
func (s StepTime) Total() time.Duration {
	var sum time.Duration
	for _, t := range s.Times {
		sum += t.Duration
	}
	return sum
}

// A timer measures one step.
type timer struct {
	began time.Time
	times []Interval
}

func (t *timer) start() time.Duration { return time.Since(t.began) }

func (t *timer) stop(start time.Duration) {
	t.times = append(t.times, Interval{start, time.Since(t.began) - start})
}

// StartTiming makes the machine measure every operation in each run from now on, until [Machine.Timing].
func (m *Machine) StartTiming() error {
	if err := m.ready(); err != nil {
		return err
	}
	began := time.Now()
	m.timing = true
	for _, stage := range m.plan.stages {
		for _, s := range stage.steps() {
			s.timer = &timer{began: began}
		}
	}
	return nil
}

// stopTiming ends the measurement, and discards its times.
func (m *Machine) stopTiming() {
	if !m.timing {
		return
	}
	m.timing = false
	if m.plan == nil {
		return
	}
	for _, stage := range m.plan.stages {
		for _, s := range stage.steps() {
			s.timer = nil
		}
	}
}

// Timing returns the times since [Machine.StartTiming], and ends the measurement. It is empty without measured runs. Adding or
// removing a tap, or switching a group of taps, discards the times measured so far.
func (m *Machine) Timing() *Timing {
	p := &Timing{}
	if m.plan == nil {
		return p
	}
	for _, stage := range m.plan.stages {
		for _, s := range stage.steps() {
			if s.timer == nil {
				continue
			}
			t := StepTime{Op: s.name(), Layer: m.layerOf(s.node), Node: s.node.ID(), Shape: s.node.Shape(), Times: s.timer.times}
			p.Steps = append(p.Steps, t)
			p.Runs = max(p.Runs, len(t.Times))
			s.timer = nil
		}
	}
	return p
}

// A Share is the time of a group of operations, in a run and relative to all operations.
type Share struct {
	Name  string
	Count int           // operations in a run
	Time  time.Duration // of a run, on average
	Part  float64       // of the time of all operations
}

// ByOp groups by kind of operation, the slowest first.
func (p *Timing) ByOp() []Share { return p.group(func(s StepTime) string { return s.Op }) }

// ByLayer groups by layer, the slowest first. Operations that belong to no layer are listed as "-".
func (p *Timing) ByLayer() []Share {
	return p.group(func(s StepTime) string { return cmp.Or(s.Layer, "-") })
}

func (p *Timing) group(name func(StepTime) string) []Share {
	at := make(map[string]int)
	var list []Share
	var total time.Duration
	for _, s := range p.Steps {
		i, known := at[name(s)]
		if !known {
			i, at[name(s)] = len(list), len(list)
			list = append(list, Share{Name: name(s)})
		}
		list[i].Count++
		list[i].Time += s.Total()
		total += s.Total()
	}
	for i := range list {
		list[i].Part = float64(list[i].Time) / float64(max(total, 1))
		list[i].Time /= time.Duration(max(p.Runs, 1))
	}
	slices.SortStableFunc(list, func(a, b Share) int { return cmp.Compare(b.Time, a.Time) })
	return list
}

// WriteTable writes the timing by operation and by layer.
func (p *Timing) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, part := range []struct {
		title string
		rows  []Share
	}{{"operation", p.ByOp()}, {"layer", p.ByLayer()}} {
		fmt.Fprintf(t, "share\ttime of a run\tcount\t  %s\n", part.title)
		for _, row := range part.rows {
			fmt.Fprintf(t, "%.1f %%\t%v\t%d\t  %s\n", 100*row.Part, row.Time.Round(100*time.Nanosecond), row.Count, row.Name)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
