package machine

import (
	"cmp"
	"reflect"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// Evaluate makes Gorgonia's dropout and batch normalisation, and all operations with a method SetTraining, compute as in
// evaluation (on) or as in training (off, the default): dropout keeps everything, and batch normalisation uses its running
// statistics. It is what gorgonia.EvalMode does for a TapeMachine.
//
// The mode is set at the beginning of each run. So machines for training and for evaluation can take turns on one graph, and share
// the running statistics. They keep their values when a machine is made or the mode changes; a TapeMachine sets them back.
func (m *Machine) Evaluate(on bool) { m.evaluating = on }

// A modal operation computes in another way in training than in evaluation.
type modal interface{ SetTraining(training bool) error }

// findModals lists the operations of the plan that have a mode.
func findModals(c *compilation) error {
	for _, s := range c.steps {
		if op.SpecOf(s.node).Kind == op.KindGradient {
			continue // has the operation that it differentiates as a part
		}
		switch o := s.node.Op().(type) {
		case *gorgonia.BatchNormOp:
			n, err := newBatchNorm(o)
			if err != nil {
				return c.machine.explain(s, err)
			}
			c.plan.modals = append(c.plan.modals, n)
		case modal:
			c.plan.modals = append(c.plan.modals, o)
		}
	}
	return nil
}

// setModes puts the operations of the plan into the machine's mode.
func (m *Machine) setModes() error {
	for _, o := range m.plan.modals {
		if err := o.SetTraining(!m.evaluating); err != nil {
			return errors.Wrap(err, "machine: setting the mode of an operation")
		}
	}
	return nil
}

// A batchNorm is a batch normalisation of Gorgonia's whose running statistics survive a change of the mode.
type batchNorm struct {
	op             *gorgonia.BatchNormOp
	training       reflect.Value // its mode
	mean, variance *tensor.Dense // as they were before the change
}

// newBatchNorm starts the running statistics at mean 0 and variance 1, if they have never been set.
func newBatchNorm(o *gorgonia.BatchNormOp) (*batchNorm, error) {
	mean, variance := o.Stats()
	n := &batchNorm{
		op: o, training: reflect.ValueOf(o).Elem().FieldByName("training"),
		mean: mean.Clone().(*tensor.Dense), variance: variance.Clone().(*tensor.Dense),
	}
	if span := spanOf(n.variance); span.min == 0 && span.max == 0 {
		return n, o.Reset()
	}
	return n, nil
}

// SetTraining sets the mode.
func (n *batchNorm) SetTraining(training bool) error {
	if n.training.Kind() == reflect.Bool && n.training.Bool() == training {
		return nil
	}
	mean, variance := n.op.Stats()
	if err := cmp.Or(tensor.Copy(n.mean, mean), tensor.Copy(n.variance, variance)); err != nil {
		return err
	}
	if err := n.op.SetTraining(training); err != nil {
		return err
	}
	return n.op.SetStats(n.mean, n.variance)
}
