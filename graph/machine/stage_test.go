package machine

import (
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/pool"
)

// A panic in one of several tasks becomes that task's error, and the others end in good order.
func TestPanicInOneOfSeveralTasks(t *testing.T) {
	broken := &step{kind: isOurs} // without a call to run
	s := &stage{tasks: []task{{}, {steps: []*step{broken}}, {}}}
	for range 2 {
		pool.Run(len(s.tasks), s)
		if s.tasks[0].err != nil || s.tasks[2].err != nil {
			t.Errorf("errors %v and %v of tasks that did nothing", s.tasks[0].err, s.tasks[2].err)
		}
		if err := s.tasks[1].err; err == nil || !strings.Contains(err.Error(), "panic") || s.tasks[1].failed != broken {
			t.Errorf("the broken task gave %v, for step %v", err, s.tasks[1].failed)
		}
	}
}
