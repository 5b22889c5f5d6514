package op

import (
	"fmt"
	"reflect"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A stockNorm is the state of a batch normalisation of Gorgonia's, which may change from run to run. Ours uses the running statistics
// in place, so that Stats, SetStats and Reset of the operation work as before.
type stockNorm struct {
	momentum, eps float64
	training      reflect.Value
	op            *gorgonia.BatchNormOp
}

// readNorm reads an operation.
func readNorm(o *gorgonia.BatchNormOp) (n stockNorm, ok bool) {
	if o == nil {
		return n, false
	}
	v := reflect.ValueOf(o).Elem()
	momentum, eps, training := v.FieldByName("momentum"), v.FieldByName("epsilon"), v.FieldByName("training")
	if momentum.Kind() != reflect.Float64 || eps.Kind() != reflect.Float64 || training.Kind() != reflect.Bool {
		return n, false
	}
	return stockNorm{momentum.Float(), eps.Float(), training, o}, true
}

// running gives the memory of the running mean and variance.
func running[T Float](n stockNorm, channels int) (mean, variance []T, err error) {
	m, v := n.op.Stats()
	if mean, err = Elements[T](m, tensor.Shape{channels}); err != nil {
		return nil, nil, err
	}
	variance, err = Elements[T](v, tensor.Shape{channels})
	return mean, variance, err
}

// normalization replaces Gorgonia's batch normalisation, which has neither a gain nor a shift: operations after it have.
func (s stock) normalization() *Op {
	o, _ := s.node.Op().(*gorgonia.BatchNormOp)
	n, ok := readNorm(o)
	if !ok || len(s.in) != 1 || len(s.out) < 2 {
		return nil
	}
	made := s.op(fmt.Sprintf("batch_norm %d ", s.node.ID()), kernels{batchNorm[float32](n), batchNorm[float64](n)}, 1, 0)
	if made != nil {
		made.random = true // each run moves the running statistics, so none may be left out
	}
	return made
}

// normalizationGradient replaces its gradient, whose operands are x and dy. In evaluation Gorgonia's is wrong for images.
func (s stock) normalizationGradient() *Op {
	of := reflect.Indirect(reflect.ValueOf(s.node.Op())).FieldByName("BatchNormOp")
	if !of.IsValid() || !of.CanInterface() {
		return nil
	}
	o, _ := of.Interface().(*gorgonia.BatchNormOp)
	n, ok := readNorm(o)
	if !ok || len(s.in) != 2 || len(s.out) < 2 {
		return nil
	}
	return s.op(fmt.Sprintf("batch_norm_backward %d ", s.node.ID()), kernels{batchNormBackwardOf[float32](n), batchNormBackwardOf[float64](n)}, 2, 1)
}
