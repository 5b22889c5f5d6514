package train

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
)

// A Callback follows a run. Embed [Base] and write the methods that are needed.
//
// Callbacks are called in the order in which the trainer lists them. An error ends the run at once, and Fit returns it. A panic
// becomes an error that names the callback and the step.
// [ErrStop] ends the run in good order: the other callbacks are still told of the same event, and Fit returns no error.
type Callback interface {
	// Begin is called once, before anything is built. If it returns an error, later callbacks are not begun.
	Begin(*Run) error
	// Compiled is called for each training program right after it is built, to attach taps: once for the batch size, and
	// once more if the last batch of an epoch is smaller.
	Compiled(*Run, *graph.Program) error
	// BeforeStep is called before the program runs on a batch.
	BeforeStep(*Run) error
	// BeforeUpdate is called after loss and gradients are computed and before the optimiser moves the parameters. It may change
	// the gradients in place: each w.Grad of Run.Program.Weights has memory of its own, and the optimiser reads the new values.
	BeforeUpdate(*Run) error
	// AfterStep is called after the parameters have moved. Run.Step is still this step's number.
	AfterStep(*Run) error
	// AfterEpoch is called when Run.Train and, with validation data, Run.Val hold the epoch's scores.
	AfterEpoch(*Run) error
	// End is called once, however the run ended, if Begin was called. It is not told the run's error. It cleans up and writes
	// what has been gathered.
	End(*Run) error
}

// ErrStop, returned by a callback, ends the run without an error.
var ErrStop = errors.New("train: stop")

// Base is a Callback that does nothing.
type Base struct{}

func (Base) Begin(*Run) error                    { return nil }
func (Base) Compiled(*Run, *graph.Program) error { return nil }
func (Base) BeforeStep(*Run) error               { return nil }
func (Base) BeforeUpdate(*Run) error             { return nil }
func (Base) AfterStep(*Run) error                { return nil }
func (Base) AfterEpoch(*Run) error               { return nil }
func (Base) End(*Run) error                      { return nil }

var _ Callback = Base{}
