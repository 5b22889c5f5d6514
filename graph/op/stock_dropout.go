package op

import (
	"reflect"
)

// dropoutGradient replaces the gradient of Gorgonia's dropout: dy/(1-p) where the output is not zero, in evaluation dy. Gorgonia
// divides by p, and in evaluation does the same.
func (s stock) dropoutGradient() *Op {
	of := reflect.Indirect(reflect.ValueOf(s.node.Op())).FieldByName("dropoutOp")
	if of.Kind() != reflect.Pointer || of.IsNil() {
		return nil
	}
	p, training := of.Elem().FieldByName("probability"), of.Elem().FieldByName("isTraining")
	if p.Kind() != reflect.Float64 || training.Kind() != reflect.Bool {
		return nil
	}
	keep := func() float64 { // the mode may change from run to run
		if training.Bool() {
			return 1 - p.Float()
		}
		return 1
	}
	return s.op("dropout_backward", kernelsOf(dropoutBackward[float32], dropoutBackward[float64])(keep), 3)
}

func dropoutBackward[T Float](keep func() float64) func(*call[T]) error {
	return func(c *call[T]) error {
		y, dy, share := c.in[1], c.in[2], T(keep())
		for i := range c.out {
			c.out[i] = 0
			if y[i] != 0 || share == 1 {
				c.out[i] = dy[i] / share
			}
		}
		return nil
	}
}
