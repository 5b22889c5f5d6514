package graph

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// Adopt makes a program of a graph that was written by hand, with Gorgonia's operations or ours. Call it when the graph is
// complete and gorgonia.Grad has been called; the learnables are those that were given to Grad, in the order in which the
// program lists them; none means all of them. Each must have a value.
//
// Layers and residual blocks are found in the graph as in one that [Build] has drawn: package structure tells how. Any input
// that is not a learnable counts as samples. A weight that has a gradient and is not among the learnables makes layers, too, but is
// no parameter of the program. A weight without a gradient counts as samples, so its products are no layers.
//
// The path of a layer is the name of its weight, without "/weight" or the like at the end, and with #2, #3 for equal names.
// A weight that is used at several steps makes a layer for each step, all of one path.
//
// The program's machine computes all that the graph has now and keeps the value of every node. Bind inputs with gorgonia.Let and call
// Machine().RunAll(); Run is not available. If learnables are bound to other values meanwhile, call [Program.Refresh].
func Adopt(loss *gorgonia.Node, learnables ...*gorgonia.Node) (*Program, error) {
	if err := checkLoss(loss); err != nil {
		return nil, err
	}
	if len(learnables) == 0 {
		reached := op.Reachable(loss)
		learnables = slices.DeleteFunc(structure.Trained(loss.Graph()), func(n *gorgonia.Node) bool { return !reached[n] })
	}
	if err := checkLearnables(loss, learnables); err != nil {
		return nil, err
	}
	parameters := slices.Concat(learnables, leftOut(loss, learnables))
	network, err := structure.Find(loss.Graph(), structure.Config{Outputs: []*gorgonia.Node{loss}, Parameters: parameters})
	if err != nil {
		return nil, err
	}
	p := &Program{Graph: loss.Graph(), Mode: Train, Loss: loss, Params: NewParams(loss.Dtype(), 0), network: network}
	p.trace(nil)
	p.bind(len(learnables))
	p.Input, p.Output, p.paths = p.firstInput(), p.lastOutput(), p.pathsOfNodes()
	p.Outputs = []NamedNode{{defaultOutput, p.Output}}
	if p.Input != nil {
		p.Inputs = []NamedNode{{defaultInput, p.Input}}
	}
	p.machine = machine.New(p.Graph)
	p.machine.NameLayers(p.LayerOf)
	return p, p.Refresh()
}

// Refresh takes over the values that are bound to the parameters' nodes. Call it after binding other values, as by
// gorgonia.Let.
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
			return errors.Errorf("graph: parameter %s: got a value of type %T, want a *tensor.Dense or a scalar", w.Name, v)
		}
	}
	return nil
}

// checkLoss returns an error for a loss that cannot be adopted.
func checkLoss(loss *gorgonia.Node) error {
	switch {
	case loss == nil:
		return errors.New("graph: the loss is nil")
	case loss.Graph() == nil:
		return errors.Errorf("graph: the loss %v is on no graph", loss)
	case !loss.IsScalar():
		return errors.Errorf("graph: the loss: got shape %v, want a scalar (take its mean or its sum)", loss.Shape())
	case loss.Dtype() != tensor.Float32 && loss.Dtype() != tensor.Float64:
		return errors.Errorf("graph: the loss: got type %v, want float32 or float64", loss.Dtype())
	case loss.Deriv() == nil:
		return errors.New("graph: the loss has not been differentiated (call gorgonia.Grad(loss, learnables...) first)")
	}
	return nil
}

func checkLearnables(loss *gorgonia.Node, learnables []*gorgonia.Node) error {
	reached := op.Reachable(loss)
	for i, n := range learnables {
		switch {
		case n == nil:
			return errors.Errorf("graph: learnable %d is nil", i)
		case n.Graph() != loss.Graph() || !reached[n]:
			return errors.Errorf("graph: the loss does not depend on learnable %d, %q (leave it out)", i, n.Name())
		case n.Op() != nil:
			return errors.Errorf("graph: learnable %d: got %q, which is computed from other nodes, want an input of the graph", i, n.Name())
		case n.Deriv() == nil:
			return errors.Errorf("graph: the loss has not been differentiated by learnable %d, %q (name it in the call of gorgonia.Grad)", i, n.Name())
		case n.Value() == nil:
			return errors.Errorf("graph: learnable %d, %q, has no value (give it one with gorgonia.WithInit, WithValue or Let first)", i, n.Name())
		case slices.Contains(learnables[:i], n):
			return errors.Errorf("graph: learnable %d, %q, is named twice", i, n.Name())
		}
	}
	return nil
}

// bind adds a binding for each learnable, in their order. They are the first of the parameters.
func (p *Program) bind(learnables int) {
	for _, u := range p.network.Parameters[:learnables] {
		name := u.Name
		for i := 2; p.Params.byName[name] != nil; i++ {
			name = fmt.Sprintf("%s#%d", u.Name, i)
		}
		w := &Binding{Param: &Param{Name: name, Role: roleOf(u), Units: u.Units, Init: unknownInit{}}, Node: u.Node, Grad: u.Node.Deriv(), Layer: ownLayer(name), Depth: u.Depth}
		if u.Node.IsScalar() {
			w.Value = tensor.New(tensor.Of(u.Node.Dtype()), tensor.WithShape(1))
		}
		if len(u.Layers) > 0 {
			l := p.network.Layers[u.Layers[0]]
			w.Layer, w.Fan = l.Path, initializer.Fan{In: l.In(), Out: l.Out()}
			for _, m := range l.Maps {
				if slices.Contains(m.Parameters, u.Node) {
					w.Fan.In = m.In
				}
			}
		}
		p.Weights = append(p.Weights, w)
		p.Params.list, p.Params.byName[name] = append(p.Params.list, w.Param), w.Param
	}
}

// roleOf is the role of a learnable, guessed by its shape if the structure does not use it.
func roleOf(u *structure.Parameter) Role {
	switch {
	case u.Role == structure.Weight, u.Role == structure.NoRole && u.Node.Dims() >= 2:
		return Weight
	case u.Role == structure.Gain:
		return Gain
	case u.Role == structure.Shift:
		return Shift
	}
	return Bias
}

// parameterEnding matches what follows the name of the layer in the name of a parameter that is no weight.
var parameterEnding = regexp.MustCompile(`(?i)[/._-](gain|gamma|scale|shift|beta|bias|b)$`)

// ownLayer is the layer of a parameter that belongs to no weighted layer, by its name: "norm1" for "norm1/gain".
func ownLayer(param string) string {
	if layer := parameterEnding.ReplaceAllString(param, ""); layer != "" {
		return layer
	}
	return param
}

// pathsOfNodes maps nodes to the paths of their layers.
func (p *Program) pathsOfNodes() map[*gorgonia.Node]string {
	paths := make(map[*gorgonia.Node]string)
	for _, l := range p.network.Layers {
		for _, n := range l.Nodes {
			paths[n] = l.Path
		}
	}
	for _, w := range p.network.Parameters {
		if len(w.Layers) > 0 {
			paths[w.Node] = p.network.Layers[w.Layers[0]].Path
		}
	}
	return paths
}

// firstInput is the input that the first layer reads its samples from; without layers the first input that is no learnable.
func (p *Program) firstInput() *gorgonia.Node {
	from := p.Loss
	if len(p.network.Layers) > 0 {
		from = p.network.Layers[0].Maps[0].Data
	}
	learnable := make(map[*gorgonia.Node]bool)
	for _, w := range p.Weights {
		learnable[w.Node] = true
	}
	reached := op.Reachable(from)
	for _, n := range p.Graph.AllNodes() {
		if reached[n] && len(op.Operands(n)) == 0 && !learnable[n] && (n.Op() == nil || !n.IsScalar()) {
			return n
		}
	}
	return nil
}

// lastOutput is the output of the last layer of the largest depth; without layers the loss.
func (p *Program) lastOutput() *gorgonia.Node {
	for _, l := range slices.Backward(p.network.Layers) {
		switch {
		case l.OnSkip:
		case l.Act != nil:
			return l.Act
		default:
			return l.Pre
		}
	}
	return p.Loss
}

// unknownInit stands for the unknown initialiser of a learnable.
type unknownInit struct{}

// String is empty.
func (unknownInit) String() string { return "" }

// Fill returns an error.
func (u unknownInit) Fill([]float64, tensor.Shape, initializer.Fan, *rand.Rand) error {
	return errors.New("graph: the initialiser of an adopted parameter is not known")
}

var _ initializer.Initializer = unknownInit{}
