package machine

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/fpu"
)

// A step computes one node.
type step struct {
	node   *gorgonia.Node
	shape  tensor.Shape     // of the node, whose method Shape allocates a copy at each call
	reads  []*gorgonia.Node // nodes it is computed from
	inputs []*step          // steps of reads
	placed bool             // whether the step has its place in the order
	op     *op.Op           // our op, or our replacement of Gorgonia's; nil if there is neither
	kind   kind
	kept   bool // the value is bound to the node and lasts until the next run
	part   bool // the value lies in the memory of its input; see takePart
	copied bool // the node gets a copy of the value; see KeepRuns
	output bool // the node is one of the machine's outputs
	taps   []*tap
	fed    *gorgonia.Value // variable that holds the value of a fed node; nil for other nodes
	timer  *timer          // nil unless timing

	bindings []binding // the node, and others that compute the same

	stage   int  // in which it runs
	last    int  // stage in which its memory is used last
	readers int  // in that stage
	shares  bool // the memory of its input, of which it is the value in another shape
	buffer  *buffer
	place   *tensor.Dense // memory that the program has given the value; see Machine.Place
	side    *step         // whose value this step computes too; nil if there is none

	lasting *witness // of the input: while that does not change, the value of the last run holds; nil: it is computed in each run

	call   *op.Call         // of our op
	memory gorgonia.Value   // what our op writes into
	args   []gorgonia.Value // values of the inputs, to hand to the op
	value  gorgonia.Value   // of the last run

	returned gorgonia.Value // by a stock op in the last run; it may have another shape than the node
}

// A kind is the origin of a step's value.
type kind int

const (
	isInput    kind = iota // from outside: bound to the node, or fed
	isConstant             // computed when the graph is compiled
	isOurs                 // our op, into memory of the plan
	isView                 // the value of its input in another shape, or a part of it, in the same memory
	isStock                // any other op, into memory that it allocates
	isRead                 // a Read statement: the value of its input is copied to a variable
	isSet                  // a Set statement: the value of its second input is copied to the node of the first
	isTap                  // taps that read the value of its first input, and those of the others
	isSide                 // computed by the step of its input besides its value
)

// newStep makes the step of a node.
func newStep(n *gorgonia.Node, fed *gorgonia.Value) (*step, error) {
	s := &step{node: n, shape: n.Shape(), last: -1, fed: fed, bindings: []binding{{node: n}}}
	if slices.Contains(s.shape, 0) {
		return s, errors.Errorf("got shape %v, want at least one element", s.shape)
	}
	if fed != nil {
		return s, nil
	}
	switch o := n.Op().(type) {
	case nil:
		s.kind = isInput
	case *op.Op:
		s.kind, s.op = isOurs, o
	default:
		return s, s.setStock()
	}
	return s, nil
}

// setStock sets the kind of a node whose op is not ours, and the op that replaces it.
func (s *step) setStock() error {
	s.kind = isStock
	switch spec := op.SpecOf(s.node); {
	case spec.Kind == op.KindConstant:
		v, err := s.node.Op().Do()
		s.kind, s.value = isConstant, v
		return err
	case spec.Kind == op.KindStatement && spec.Name == "let":
		s.kind = isSet
	case spec.Kind == op.KindStatement:
		s.kind = isRead
	default:
		if s.op, s.reads = op.Replacement(s.node); s.op != nil {
			s.kind = isOurs
		}
	}
	return nil
}

// setReads lists the nodes that the step is computed from. A replacement may read others than the stock operation.
func (s *step) setReads() {
	if s.fed == nil && s.reads == nil {
		s.reads = op.Operands(s.node)
	}
}

// read takes the value of an input.
func (s *step) read() (err error) {
	n := s.node
	var v gorgonia.Value
	if s.fed != nil {
		v = *s.fed
	} else {
		v = n.Value()
	}
	if d, isDense := v.(*tensor.Dense); isDense && d == nil {
		v = nil
	}
	switch {
	case v == nil && s.fed != nil:
		return errors.New("the node has no value to feed (set the variable given to Feed before the run)")
	case v == nil:
		return errors.New("the input has no value (bind one with gorgonia.Let before the run)")
	}
	if v.Dtype() != n.Dtype() {
		return errors.Errorf("the input: got a value of type %v, want %v", v.Dtype(), n.Dtype())
	}
	if len(s.shape) > 0 && !s.shape.Eq(v.Shape()) {
		return errors.Errorf("the input: got a value of shape %v, want %v", v.Shape(), s.shape)
	}
	if s.value, err = s.shaped(v); err != nil {
		return err
	}
	if s.fed != nil && s.kept {
		return s.bind()
	}
	return nil
}

// run computes the value from the values of the inputs. It may panic.
func (s *step) run() (err error) {
	if s.timer != nil {
		defer s.timer.stop(s.timer.start())
	}
	for i, input := range s.inputs {
		s.args[i] = input.value
	}
	if s.side != nil {
		s.args[len(s.inputs)] = s.side.memory
	}
	switch s.kind {
	case isOurs:
		s.value = s.memory
		err = s.compute()
	case isView, isSide:
		s.value = s.memory
	case isStock:
		err = s.runStock()
	case isRead:
		return s.store()
	case isSet:
		return s.set()
	case isTap:
		s.value = s.args[0]
		return s.callTaps()
	}
	switch {
	case err != nil || !s.kept:
		return err
	case s.copied:
		return s.bindCopy()
	}
	return s.bind()
}

// compute runs an op of ours, unless the value of the last run holds.
func (s *step) compute() error {
	if s.lasting == nil {
		return s.call.Run(s.memory, s.args)
	}
	if s.lasting.unchanged(s.args[0].(*tensor.Dense)) {
		return nil
	}
	s.lasting.seen = false // until the run has ended well
	err := s.call.Run(s.memory, s.args)
	s.lasting.seen = err == nil
	return err
}

// runStock runs an op of Gorgonia's or of a program.
func (s *step) runStock() (err error) {
	s.returned, err = s.node.Op().Do(s.args...)
	if err := s.restoreShapes(); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	s.value, err = s.shaped(s.returned)
	return err
}

// restoreShapes gives the inputs their shapes back. Gorgonia's operation for YOLO reshapes the value that it reads.
func (s *step) restoreShapes() error {
	for i, input := range s.inputs {
		d, isDense := s.args[i].(*tensor.Dense)
		if !isDense || d.Shape().TotalSize() != input.shape.TotalSize() || sameShape(d.Shape(), input.shape) {
			continue
		}
		if s.returned == s.args[i] {
			s.returned = d.ShallowClone()
		}
		if err := d.Reshape(input.shape...); err != nil {
			return err
		}
	}
	return nil
}

// callTaps calls the taps with the value.
func (s *step) callTaps() (err error) {
	defer func() {
		if r := recover(); r != nil {
			fpu.Restore()
			err = errors.Errorf("panic in a tap: %v", r)
		}
	}()
	inputs := s.args
	if s.kind == isTap { // the first is the value itself
		inputs = s.args[1:]
	}
	for _, tap := range s.taps {
		tap.call(s.value, inputs)
	}
	return nil
}

// name is the name of the operation that runs.
func (s *step) name() string {
	switch {
	case s.kind == isTap:
		return "tap"
	case s.op != nil:
		return s.op.String()
	case s.node.Op() != nil:
		return s.node.Op().String()
	}
	return "input"
}
