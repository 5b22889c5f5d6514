package graph

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/structure"
)

// Adopt makes a program of a graph that was written by hand, with Gorgonia's operations or ours. Call it when the graph is
// complete and gorgonia.Grad has been called; the learnables are those that were given to Grad, in the order in which they
// are to be listed, and none means all of them. Each must have a value.
//
// Layers are found in the graph's structure. A product of something with learnables and something with samples is a linear
// map: Mul with the weight on either side, transposed or not, BatchedMatMul, a convolution, a lookup of embeddings. What
// follows it belongs to its layer as long as nothing else reads it: learnables and constants that are added or multiplied,
// normalisation (Gorgonia's BatchNorm, op.Normalize), pooling, dropout, and the activation that ends the layer (Tanh,
// Sigmoid, Softplus, Rectify, LeakyRelu, x·Sigmoid(x), op.Activate). Linear maps that are added, such as those of the input
// and of the state in a recurrent network, are one layer. A weight that is used several times makes a layer of each use.
// A sum of a node with something computed from that node alone is a residual block.
//
// Anything else ends a layer without an activation: a gate, a normalisation or an activation written out in other ways.
// Weights that are not among the learnables are taken for samples, so that their products are no layers.
//
// The path of a layer is the name of its weight, without "/weight" or the like at the end, and with #2, #3 for further uses
// and for equal names. Its depth is the number of layers from the samples to it. The longest way to the loss is the path from
// input to output; layers beside it, as the projection of a skip or the outputs of earlier steps in time, have OnSkip set.
//
// The program's machine computes all of the graph and keeps the value of every node. Bind inputs with gorgonia.Let and call
// Machine().RunAll(); Run is not available. If learnables are bound to other values meanwhile, call [Program.Refresh].
func Adopt(loss *gorgonia.Node, learnables ...*gorgonia.Node) (*Program, error) {
	if err := checkLoss(loss); err != nil {
		return nil, err
	}
	if len(learnables) == 0 {
		learnables = differentiated(loss)
	}
	if err := checkLearnables(loss, learnables); err != nil {
		return nil, err
	}
	network, err := structure.Find(loss.Graph(), structure.Config{Outputs: []*gorgonia.Node{loss}, Parameters: learnables})
	if err != nil {
		return nil, err
	}
	a := newAdoption(loss, learnables)
	a.findLayers()
	a.arrange()
	p := &Program{Graph: loss.Graph(), Mode: Train, Loss: loss, Input: a.input(), Output: a.output(), network: network}
	p.Params = NewParams(loss.Dtype(), 0)
	p.Weights = a.bindings()
	for _, w := range p.Weights {
		p.Params.list, p.Params.byName[w.Name] = append(p.Params.list, w.Param), w.Param
	}
	p.Layers, p.Blocks, p.paths = a.traces(), a.blockTraces(), a.paths()
	p.machine = NewMachine(p.Graph)
	p.machine.locate = p.LayerOf
	return p, p.Refresh()
}

// Refresh takes over the values that are bound to the parameters' nodes, if others have been bound since the program was
// made, as by gorgonia.Let.
func (p *Program) Refresh() error {
	for _, w := range p.Weights {
		switch v := w.Node.Value().(type) {
		case *tensor.Dense:
			w.Value = v
		case gorgonia.Scalar: // has no tensor, so its number is copied
			if err := w.Value.SetAt(v.Data(), 0); err != nil {
				return errors.Wrapf(err, "graph: parameter %s", w.Name)
			}
		default:
			return errors.Errorf("graph: parameter %s has a value of type %T, expected a *tensor.Dense or a scalar", w.Name, v)
		}
	}
	return nil
}

// checkLoss says what is missing in a graph.
func checkLoss(loss *gorgonia.Node) error {
	switch {
	case loss == nil:
		return errors.New("graph: the loss is nil")
	case loss.Graph() == nil:
		return errors.Errorf("graph: the loss %v is on no graph", loss)
	case !loss.IsScalar():
		return errors.Errorf("graph: the loss has shape %v, expected a scalar: take its mean or its sum", loss.Shape())
	case loss.Dtype() != tensor.Float32 && loss.Dtype() != tensor.Float64:
		return errors.Errorf("graph: the loss is of %v, expected float32 or float64", loss.Dtype())
	case loss.Deriv() == nil:
		return errors.New("graph: the loss has not been differentiated: call gorgonia.Grad(loss, learnables...) before")
	}
	return nil
}

// differentiated lists the inputs that the loss was differentiated by.
func differentiated(loss *gorgonia.Node) (list []*gorgonia.Node) {
	reached := reachable(loss)
	for _, n := range loss.Graph().AllNodes() {
		if n.Op() == nil && n.Deriv() != nil && reached[n] {
			list = append(list, n)
		}
	}
	return list
}

func checkLearnables(loss *gorgonia.Node, learnables []*gorgonia.Node) error {
	reached := reachable(loss)
	for i, n := range learnables {
		switch {
		case n == nil:
			return errors.Errorf("graph: learnable %d is nil", i)
		case n.Graph() != loss.Graph() || !reached[n]:
			return errors.Errorf("graph: the loss does not depend on learnable %d, %q: leave it out", i, n.Name())
		case n.Op() != nil:
			return errors.Errorf("graph: learnable %d, %q, is computed from other nodes, expected an input of the graph", i, n.Name())
		case n.Deriv() == nil:
			return errors.Errorf("graph: the loss has not been differentiated by learnable %d, %q: name it in the call of gorgonia.Grad", i, n.Name())
		case n.Value() == nil:
			return errors.Errorf("graph: learnable %d, %q, has no value: give it one with gorgonia.WithInit, WithValue or Let before", i, n.Name())
		case slices.Contains(learnables[:i], n):
			return errors.Errorf("graph: learnable %d, %q, is named twice", i, n.Name())
		}
	}
	return nil
}

// bindings describes the learnables in their order.
func (a *adoption) bindings() []*Binding {
	names := newNames()
	list := make([]*Binding, len(a.learnables))
	for i, n := range a.learnables {
		use := a.uses[n]
		param := &Param{Name: names.next(nameOfNode(n, i)), Role: use.role, Init: unknownInit{}}
		if use.role == unused {
			param.Role = roleByShape(n)
		}
		if n.IsScalar() {
			param.Value = tensor.New(tensor.Of(n.Dtype()), tensor.WithShape(1))
		}
		b := &Binding{Param: param, Node: n, Grad: n.Deriv(), Layer: ownLayer(param.Name), Depth: a.depthAt(n)}
		if l := use.first(); l != nil {
			b.Layer, b.Depth, b.Fan = l.final().Path, l.final().Depth, l.fan
		}
		list[i] = b
	}
	return list
}

// depthAt is the depth of the layer in front of the place where a learnable meets the samples; 0 in front of all.
func (a *adoption) depthAt(n *gorgonia.Node) int {
	for a.origin[n] == parameter && len(a.readers[n]) > 0 {
		n = a.readers[n][0]
	}
	if l := a.deepest[n].final(); l != nil {
		return l.Depth
	}
	return 0
}

// roleByShape guesses what a learnable is for that was not met in a layer.
func roleByShape(n *gorgonia.Node) Role {
	if n.Dims() >= 2 {
		return Weight
	}
	return Bias
}

// traces lists the layers for those who watch.
func (a *adoption) traces() []*LayerTrace {
	list := make([]*LayerTrace, len(a.layers))
	for i, l := range a.layers {
		list[i] = &l.LayerTrace
	}
	return list
}

// paths tells the layers of nodes.
func (a *adoption) paths() map[*gorgonia.Node]string {
	paths := make(map[*gorgonia.Node]string)
	for n, l := range a.owner {
		paths[n] = l.final().Path
	}
	for n, use := range a.uses {
		if l := use.first(); l != nil {
			paths[n] = l.final().Path
		}
	}
	return paths
}

// input is what the first layer on the path reads its samples from; without layers the first input that is no learnable.
func (a *adoption) input() *gorgonia.Node {
	from := a.loss
	if len(a.layers) > 0 {
		from = a.layers[0].data
	}
	reached := reachable(from)
	for _, n := range a.order {
		if reached[n] && len(Children(n)) == 0 && !a.isLearnable(n) && (n.Op() == nil || !n.IsScalar()) {
			return n
		}
	}
	return nil
}

// output is what the last layer on the path gives; without layers the loss.
func (a *adoption) output() *gorgonia.Node {
	last := slices.MaxFunc(append([]*adopted{nil}, a.layers...), func(x, y *adopted) int { return cmp.Compare(x.onPath(), y.onPath()) })
	switch {
	case last == nil:
		return a.loss
	case last.Act != nil:
		return last.Act
	}
	return last.Pre
}

// unknownInit stands for the way in which a learnable's first value was drawn.
type unknownInit struct{}

// String is empty.
func (unknownInit) String() string { return "" }

// Fill gives an error: the rule is not known.
func (u unknownInit) Fill([]float64, tensor.Shape, Fan, *rand.Rand) error {
	return errors.New("graph: how this parameter was drawn is not known")
}

var _ Initializer = unknownInit{}
