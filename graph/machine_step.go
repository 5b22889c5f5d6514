package graph

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A step computes one node.
type step struct {
	node   *gorgonia.Node
	inputs []*step
	taps   []*tap
	value  gorgonia.Value   // of the last run
	way    way              // how the op is called
	memory gorgonia.Value   // what the op writes into, made at the first run; unless it makes its result anew
	args   []gorgonia.Value // of the inputs, to hand to the op
}

// A way is how an op gets memory for its result.
type way int

const (
	makesAnew  way = iota // Do: the op allocates
	writesInto            // UsePreallocDo: the op fills our memory
	inPlace               // UnsafeDo: the op changes a copy of its input, which lies in our memory
)

func newStep(n *gorgonia.Node) *step { return &step{node: n, way: wayOf(n)} }

// wayOf lets an op write into memory we keep where it does so rightly. Ours do. Of Gorgonia's own, the elementwise ones do
// on tensors of one shape; others read what they should write (batch normalisation) or panic (dropout), and are left to
// make their results anew.
func wayOf(n *gorgonia.Node) way {
	if _, ours := n.Op().(*op.Op); ours {
		return writesInto
	}
	if n.IsScalar() {
		return makesAnew
	}
	for _, child := range children(n) {
		if !child.Shape().Eq(n.Shape()) || child.Dtype() != n.Dtype() {
			return makesAnew
		}
	}
	switch fmt.Sprintf("%T", n.Op()) {
	case "gorgonia.elemBinOp":
		return writesInto
	case "gorgonia.elemUnaryOp":
		return inPlace
	}
	return makesAnew
}

// check refuses nodes that mean something to Gorgonia's own machine only.
func (s *step) check() error {
	if kind := fmt.Sprintf("%T", s.node.Op()); kind == "gorgonia.readOp" || kind == "gorgonia.letOp" {
		return errors.Errorf("%s is a statement for Gorgonia's TapeMachine: read the node's Value() after RunAll, or use Tap", kind)
	}
	return nil
}

// run computes the node from the values of its inputs and binds the result to it.
func (s *step) run() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("panic: %v", r)
		}
	}()
	if s.node.Op() == nil {
		if s.value = s.node.Value(); s.value == nil {
			return errors.New("the input has no value: bind one with gorgonia.Let before running")
		}
		return nil
	}
	s.args = s.args[:0]
	for _, input := range s.inputs {
		s.args = append(s.args, input.value)
	}
	if s.value, err = s.compute(); err != nil {
		return err
	}
	if s.node.Value() == s.value {
		return nil
	}
	return gorgonia.UnsafeLet(s.node, s.value)
}

// callTaps shows the value to those who asked for it.
func (s *step) callTaps() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Errorf("panic in a tap: %v", r)
		}
	}()
	for _, tap := range s.taps {
		tap.call(s.value)
	}
	return nil
}

func (s *step) compute() (gorgonia.Value, error) {
	if s.way == makesAnew {
		return s.node.Op().Do(s.args...)
	}
	if s.memory == nil {
		s.memory = newValue(s.node)
	}
	if s.way == writesInto {
		return s.node.Op().(gorgonia.UsePreallocDoer).UsePreallocDo(s.memory, s.args...)
	}
	if _, err := gorgonia.Copy(s.memory, s.args[0]); err != nil {
		return nil, err
	}
	return s.node.Op().(gorgonia.UnsafeDoer).UnsafeDo(s.memory)
}

// newValue makes memory for a node's value.
func newValue(n *gorgonia.Node) gorgonia.Value {
	if !n.IsScalar() {
		return tensor.New(tensor.Of(n.Dtype()), tensor.WithShape(n.Shape()...))
	}
	if n.Dtype() == tensor.Float32 {
		return gorgonia.NewF32(0)
	}
	return gorgonia.NewF64(0)
}

// explain says where an error happened: node, op, shapes and layer.
func (m *Machine) explain(s *step, err error) error {
	shapes := make([]string, len(s.inputs))
	for i, input := range s.inputs {
		shapes[i] = fmt.Sprint(input.node.Shape())
	}
	where := ""
	if layer := m.locate(s.node); layer != "" {
		where = " of layer " + layer
	}
	if s.node.Op() == nil {
		return errors.Wrapf(err, "graph: input %q%s, shape %v", s.node.Name(), where, s.node.Shape())
	}
	return errors.Wrapf(err, "graph: node %d (%v)%s, inputs %s, output %v",
		s.node.ID(), s.node.Op(), where, strings.Join(shapes, " "), s.node.Shape())
}
