package machine

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/fpu"
)

// A stage is a set of tasks that run at the same time: none reads what another computes.
type stage struct{ tasks []task }

// A task is a list of steps that run one after another.
type task struct {
	steps  []*step
	failed *step // the step now running, or the one that has failed
	err    error
}

// steps lists the steps of all tasks.
func (s stage) steps() []*step {
	if len(s.tasks) == 1 {
		return s.tasks[0].steps
	}
	var all []*step
	for _, t := range s.tasks {
		all = append(all, t.steps...)
	}
	return all
}

// Do runs a task of the stage.
func (s *stage) Do(i int) { s.tasks[i].run() }

// run computes the steps until one fails.
func (t *task) run() {
	t.failed, t.err = nil, nil
	defer func() {
		if r := recover(); r != nil {
			fpu.Restore()
			t.err = errors.Errorf("panic: %v", r)
		}
	}()
	for _, t.failed = range t.steps {
		if t.err = t.failed.run(); t.err != nil {
			return
		}
	}
}
