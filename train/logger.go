package train

import (
	"math"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train/checkpoint"
)

// A Logger is a callback that writes records to a file: the loss and the monitors of steps, and the scores of epochs as [Run.Scores]
// names them. Every record has its step and its epoch. A new run replaces the file. One that goes on from a checkpoint cuts off
// what was written after the checkpoint and goes on there, so that no record is missing or written twice.
type Logger struct {
	Base
	Path   string    // of the file; its folder is made if it does not exist
	Format LogFormat // nil means JSONL
	Every  int       // steps from one record to the next; 0 means 1
	// Monitors measure further numbers of each recorded step; nil means RateMonitor{}.
	Monitors []Monitor

	now  func() time.Time // nil means time.Now
	file appender
	row  record
}

var (
	_ RankZero            = (*Logger)(nil)
	_ checkpoint.Stateful = (*Logger)(nil)
)

// A record is one row of a log.
type record struct {
	step, epoch int
	names       []string
	values      []float64
	time        time.Time
}

func (r *record) add(name string, value float64) {
	r.names, r.values = append(r.names, name), append(r.values, value)
}

// RankZero says that one rank alone writes.
func (l *Logger) RankZero() {}

// Begin checks the configuration.
func (l *Logger) Begin(*Run) error {
	if l.Path == "" || l.Every < 0 {
		return errors.Errorf("train: Logger: got Path %q and Every %d, want a file and a positive number of steps, or 0 for 1", l.Path, l.Every)
	}
	l.file = appender{path: l.Path}
	return nil
}

// AfterStep writes the record of a step.
func (l *Logger) AfterStep(r *Run) error {
	if r.Step%orDefault(l.Every, 1) != 0 {
		return nil
	}
	l.begin(r)
	l.row.add("loss", r.BatchLoss)
	if l.Monitors == nil {
		l.row.add("rate", r.LearningRate)
	}
	for _, m := range l.Monitors {
		if v := m.Measure(r); !math.IsNaN(v) {
			l.row.add(m.Name(), v)
		}
	}
	return l.write()
}

// AfterEpoch writes the record of an epoch, whose step is the last one of the epoch.
func (l *Logger) AfterEpoch(r *Run) error {
	l.begin(r)
	l.row.step = r.Step - 1
	scores := r.Scores()
	for _, name := range sortedNames(scores) {
		l.row.add(name, scores[name])
	}
	if err := l.write(); err != nil {
		return err
	}
	return l.file.flush()
}

// begin begins a record.
func (l *Logger) begin(r *Run) {
	l.row.step, l.row.epoch = r.Step, r.Epoch
	l.row.names, l.row.values = l.row.names[:0], l.row.values[:0]
	l.row.time = l.clock()
}

func (l *Logger) clock() time.Time {
	if l.now == nil {
		return time.Now()
	}
	return l.now()
}

// write adds the record to the file.
func (l *Logger) write() error {
	format := l.format()
	if l.file.empty() {
		l.file.buffer = format.begin(l.file.buffer, l.row.time)
	}
	l.file.buffer = format.append(l.file.buffer, &l.row)
	return l.file.flushIfDue(l.row.time)
}

func (l *Logger) format() LogFormat {
	if l.Format == nil {
		return JSONL{}
	}
	return l.Format
}

// End writes what is left, and closes the file.
func (l *Logger) End(*Run) error { return l.file.close() }

// A savedLog is the state of a Logger.
type savedLog struct {
	Size int64 // of the file
}

// State implements checkpoint.Stateful. It brings the records so far to the disk.
func (l *Logger) State() (checkpoint.State, error) {
	if err := l.file.sync(); err != nil {
		return checkpoint.State{}, err
	}
	return checkpoint.State{Values: savedLog{l.file.size}}, nil
}

// SetState implements checkpoint.Stateful.
func (l *Logger) SetState(state checkpoint.State) error {
	var s savedLog
	if err := state.Decode(&s); err != nil {
		return err
	}
	return l.file.resume(s.Size)
}
