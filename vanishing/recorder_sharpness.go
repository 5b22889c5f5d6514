package vanishing

import (
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train"
)

// recordSharpness measures the curvature of the loss if it is due.
func (r *Recorder) recordSharpness(run *train.Run) error {
	if r.Sharpness == nil || !r.Sharpness.At(run.Step) {
		return nil
	}
	defer func(now time.Time) { r.extraTime += time.Since(now) }(time.Now())
	s, err := sharpness(run.Program, r.probes[run.Program].layers, run.Program.Fed(), run.Optimizer, run.LearningRate)
	if errors.Is(err, errNoSteps) {
		return nil
	}
	if err != nil {
		return err
	}
	s.Step = run.Step
	r.profile.Sharpness = append(bounded(r.profile.Sharpness), s)
	return nil
}
