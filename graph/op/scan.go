package op

import (
	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Scan is an operation that runs the steps of a recurrence, or their gradient. Package scan makes it. It has several results, which
// lie one after another in one vector, because a node of Gorgonia's has one value.
type Scan struct {
	Name       string // with every attribute: it identifies the operation in its graph
	Recurrence string // the name of the recurrence
	Steps      int
	Body       *Body          // of the recurrence; also of its gradient
	Results    []tensor.Shape // of which the first ones are handed out
	Hidden     int            // number of results at the end that only the gradient reads

	NewRunner func() Runner
	Owns      func(n *gorgonia.Node) bool // whether the operation computes a node of the body
	// Gradient draws the gradient by each input, given that by each result that is handed out; nil for a result that nothing
	// reads. It is nil for the gradient itself.
	Gradient func(in gorgonia.Nodes, packed *gorgonia.Node, by gorgonia.Nodes) (gorgonia.Nodes, error)
}

// A Body is the step of a recurrence, drawn once in a graph of its own. Its inputs stand for the values that the step reads.
type Body struct {
	Inputs  gorgonia.Nodes // the elements of the sequences at the step; at least one
	States  gorgonia.Nodes // the states before the step
	Shared  gorgonia.Nodes // parameters, and other values that are the same in each step
	Next    gorgonia.Nodes // the states after the step
	Outputs gorgonia.Nodes // the elements of the resulting sequences
}

// Graph is the graph of the step.
func (b *Body) Graph() *gorgonia.ExprGraph { return b.Inputs[0].Graph() }

// A Runner computes a [Scan], again and again in the same memory.
type Runner interface {
	// Tap calls f with the value of a node of the body in each step, the first of which is 0. It must come before Compile.
	Tap(n *gorgonia.Node, f func(step int, v gorgonia.Value))
	// Flushed tells whether numbers of a node with a tap were flushed to zero in a step of the last run, because they were too small.
	Flushed(n *gorgonia.Node) bool
	// Compile prepares the runs; the first run does so too. Results that are not wanted need not be computed.
	Compile(wanted []bool) error
	// Run computes the vector of results.
	Run(out gorgonia.Value, in []gorgonia.Value) error
}

// Draw puts the scan on the graph of its inputs. It returns the vector and the results that are handed out.
func (s *Scan) Draw(in ...*gorgonia.Node) (packed *gorgonia.Node, results gorgonia.Nodes, err error) {
	kind := Spec{Kind: KindScan, Steps: s.Steps, Name: s.Name}
	if s.Backward() {
		kind = Spec{Kind: KindGradient, Name: "scan"}
	}
	types := make([]hm.Type, len(in)+1)
	shapes := make([]tensor.Shape, len(in))
	for i, n := range in {
		types[i] = tensorOf(dimsOf(n))
		if n != nil {
			shapes[i] = n.Shape()
		}
	}
	types[len(in)] = tensorOf(1)
	o := &Op{
		name: s.Name, spec: kind, types: types, scan: s,
		shape: onlyShapes(shapes, tensor.Shape{s.start(len(s.Results))}),
	}
	if !s.Backward() {
		o.grad = s.gradient
	}
	if packed, err = o.apply(in...); err != nil {
		return nil, nil, err
	}
	for i := range len(s.Results) - s.Hidden {
		part, err := s.part(packed, i)
		if err != nil {
			return nil, nil, err
		}
		results = append(results, part)
	}
	return packed, results, nil
}

// start is where a result begins in the vector.
func (s *Scan) start(result int) (at int) {
	for _, shape := range s.Results[:result] {
		at += shape.TotalSize()
	}
	return at
}

// gradient draws the gradient by the inputs from that by the vector.
func (s *Scan) gradient(in gorgonia.Nodes, packed, dy *gorgonia.Node) (gorgonia.Nodes, error) {
	by := make(gorgonia.Nodes, len(s.Results)-s.Hidden)
	if !placed(dy, by) {
		for i := range by {
			part, err := s.part(dy, i)
			if err != nil {
				return nil, err
			}
			by[i] = part
		}
	}
	return s.Gradient(in, packed, by)
}

// placed finds the gradients of results in a sum of vectors that hold one each. It reports whether the node is such a sum.
func placed(n *gorgonia.Node, by gorgonia.Nodes) bool {
	if o, ours := n.Op().(*Op); ours && o.spec.Kind == KindGradient && o.spec.Name == "part" {
		if by[o.spec.Index] != nil {
			return false
		}
		by[o.spec.Index] = Operands(n)[0]
		return true
	}
	if SpecOf(n).Kind != KindAdd {
		return false
	}
	for _, term := range Operands(n) {
		if !placed(term, by) {
			return false
		}
	}
	return true
}

// Backward reports whether the scan runs from the last step to the first.
func (s *Scan) Backward() bool { return s.Gradient == nil }

// Scan describes an op that runs a recurrence or its gradient; nil for other ops.
func (o *Op) Scan() *Scan { return o.scan }
