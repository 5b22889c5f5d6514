package metric

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// An OutputChecker is a [Metric] that can tell bad settings before training.
type OutputChecker interface {
	Metric
	// CheckOutput returns an error unless the metric can score outputs of a shape.
	CheckOutput(output tensor.Shape) error
}

var (
	_ OutputChecker = Precision{}
	_ OutputChecker = Recall{}
	_ OutputChecker = F1{}
	_ OutputChecker = TopK{}
	_ OutputChecker = CalibrationError{}
)

// CheckOutput implements OutputChecker.
func (p Precision) CheckOutput(output tensor.Shape) error { return p.Average.check(p.Class, output) }

// CheckOutput implements OutputChecker.
func (r Recall) CheckOutput(output tensor.Shape) error { return r.Average.check(r.Class, output) }

// CheckOutput implements OutputChecker.
func (f F1) CheckOutput(output tensor.Shape) error { return f.Average.check(f.Class, output) }

// check returns an error unless the average is one of those declared, and the class one of the outputs'.
func (a Average) check(class int, output tensor.Shape) error {
	if a < Macro || a > OneClass {
		return errors.Errorf("Average: got %d, want Macro, Micro, Weighted or OneClass", int(a))
	}
	classes := 2
	if len(output) > 1 {
		classes = max(2, output[len(output)-1])
	}
	if a == OneClass && (class < 0 || class >= classes) {
		return errors.Errorf("Class: got %d, want 0 to %d, as the outputs of shape %v have %d classes", class, classes-1, output, classes)
	}
	return nil
}

// CheckOutput implements OutputChecker.
func (t TopK) CheckOutput(tensor.Shape) error {
	if t.K < 0 {
		return errors.Errorf("K: got %d, want a positive number of classes, or 0 for 5", t.K)
	}
	return nil
}

// CheckOutput implements OutputChecker.
func (c CalibrationError) CheckOutput(tensor.Shape) error {
	if c.Bins < 0 {
		return errors.Errorf("Bins: got %d, want a positive number, or 0 for 15", c.Bins)
	}
	return nil
}
