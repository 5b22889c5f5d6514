package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// LastSteps takes the last step of each sequence: of x (batch, steps, width) it gives (batch, width). Lengths (batch) of tensor.Int are
// the steps of each sequence, from 1 to steps; nil means all steps.
//
// Its gradient: dy at the last step of each sequence, and zeros elsewhere.
func LastSteps(x, lengths *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name:   "last_steps",
		spec:   Spec{Kind: KindSlice, Name: "last steps"},
		types:  []hm.Type{tensorOf(3), tensorOf(2)},
		kernel: kernels{lastSteps[float32], lastSteps[float64]},
		shape:  func(in []tensor.Shape) (tensor.Shape, error) { return lastStepsShape(in[0], in[1:]) },
	}
	o.grad = func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
		shape := in[0].Shape().Clone()
		back := &Op{
			name:   fmt.Sprintf("last_steps_backward(steps=%d)", shape[1]),
			spec:   Spec{Kind: KindGradient, Name: "last steps"},
			types:  append([]hm.Type{tensorOf(2)}, o.types[1:]...),
			kernel: kernels{lastStepsBackward[float32], lastStepsBackward[float64]},
			shape:  onlyShapes(shapesOf(append(gorgonia.Nodes{dy}, in[1:]...)), shape),
		}
		back.types[len(back.types)-1] = tensorOf(3)
		dx, err := back.apply(append(gorgonia.Nodes{dy}, in[1:]...)...)
		return append(gorgonia.Nodes{dx}, make(gorgonia.Nodes, len(in)-1)...), err
	}
	if lengths == nil {
		return o.apply(x)
	}
	o.types = []hm.Type{tensorOf(3), labelsOf(1), tensorOf(2)}
	o.wrt = []bool{true, false}
	return o.apply(x, lengths)
}

// lastStepsShape is the shape of the last steps of x; the others are the shape of the lengths, if there are any.
func lastStepsShape(x tensor.Shape, lengths []tensor.Shape) (tensor.Shape, error) {
	if len(lengths) > 0 && lengths[0][0] != x[0] {
		return nil, errors.Errorf("lengths: got %d, want %d, one for each sequence of %v", lengths[0][0], x[0], x)
	}
	return tensor.Shape{x[0], x[2]}, nil
}

func lastSteps[T Float](c *call[T]) error {
	steps, width := c.shapes[0][1], c.shapes[0][2]
	return eachLastStep(c.labels, c.shapes[0][0], steps, func(b, at int) {
		copy(row(c.out, b, width), row(c.in[0], at, width))
	})
}

func lastStepsBackward[T Float](c *call[T]) error {
	clear(c.out)
	steps, width := c.shape[1], c.shape[2]
	return eachLastStep(c.labels, c.shape[0], steps, func(b, at int) {
		copy(row(c.out, at, width), row(c.in[0], b, width))
	})
}

// eachLastStep calls do with each sequence and the row of its last step.
func eachLastStep(lengths []int, batch, steps int, do func(b, at int)) error {
	if err := checkLengths(lengths, steps); err != nil {
		return err
	}
	for b := range batch {
		last := steps - 1
		if lengths != nil {
			last = lengths[b] - 1
		}
		do(b, b*steps+last)
	}
	return nil
}
