package graph

import (
	"sync"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// Config describes the program to build. Model and Params are needed, and either Input or Inputs.
type Config struct {
	Model  Model
	Params *Params      // where the parameters live; missing ones are drawn and added
	Input  tensor.Shape // of the one input, "input", batch first: (batch, features)
	Loss   Loss         // of the output, against the target "target"; nil draws the output only
	Mode   Mode         // Train also draws the gradient of the loss
	Seed   uint64       // of the randomness inside the graph, such as dropout

	Inputs []Input     // several inputs, instead of Input; the first is handed to the model's Apply
	Losses []Objective // instead of Loss: several losses, or one of another output or target

	// Ranks are the processes that train together, if batch normalisation is to use the moments of all their batches; nil means those of
	// this batch. Loss must be a mean over the samples.
	Ranks op.Ranks

	// KeepAll keeps the value of every node readable after a run. Otherwise only the values of outputs, losses and gradients
	// of parameters stay readable, and the others share memory.
	KeepAll bool
}

func (c Config) validate() error {
	if c.Model == nil {
		return errors.New("graph: Config.Model is nil")
	}
	if c.Params == nil {
		return errors.New("graph: Config.Params is nil (make one with NewParams)")
	}
	if c.Params.dtype == (tensor.Dtype{}) {
		return errors.New("graph: Config.Params has no element type (make it with NewParams(tensor.Float32, seed))")
	}
	if dt := c.Params.dtype; dt != tensor.Float32 && dt != tensor.Float64 {
		return errors.Errorf("graph: Config.Params: got type %v, want tensor.Float32 or tensor.Float64", dt)
	}
	if c.Mode != Train && c.Mode != Eval {
		return errors.Errorf("graph: Config.Mode: got %d, want Train or Eval", int(c.Mode))
	}
	if err := c.validateInputs(); err != nil {
		return err
	}
	return c.validateLosses()
}

// drawLock is held while a graph is drawn, because Gorgonia keeps global state while it makes nodes.
var drawLock sync.Mutex

// Build draws a model, its loss and, in Train mode, the gradient of the loss with respect to every trainable parameter,
// and compiles a machine for them. If it fails it leaves the Params as they were.
func Build(c Config) (_ *Program, err error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	drawLock.Lock()
	defer drawLock.Unlock()
	declared := len(c.Params.list)
	defer func() {
		if err != nil {
			c.Params.truncate(declared)
		}
	}()
	b := newBuilder(c.Params, c.Mode, c.Seed)
	b.ranks = c.Ranks
	p := &Program{Graph: b.graph, Mode: c.Mode, Params: c.Params}
	if err := b.protect(func() { p.draw(b, c) }); err != nil {
		return nil, err
	}
	if err := checkConstants(b.graph); err != nil {
		return nil, err
	}
	if err := c.Params.settle(); err != nil {
		return nil, errors.Wrap(err, "graph")
	}
	if err := p.findStructure(); err != nil {
		return nil, err
	}
	p.trace(b.removed)
	p.placeParameters()
	if err := p.compile(c.KeepAll); err != nil {
		return nil, err
	}
	return p, nil
}

// protect runs draw and turns whatever stops it into an error.
func (b *Builder) protect(draw func()) (err error) {
	defer func() {
		r := recover()
		if b.err != nil {
			err = b.err
		} else if r != nil {
			err = errors.Errorf("graph: panic while drawing %s: %v", at(b.last), r)
		}
	}()
	draw()
	return nil
}

// draw puts model, losses and gradient on the graph.
func (p *Program) draw(b *Builder, c Config) {
	for _, in := range c.inputs() {
		b.inputs = append(b.inputs, NamedNode{in.Name, b.newInput(in)})
	}
	p.Inputs, p.Input = b.inputs, b.inputs[0].Node
	p.Output = c.Model.Apply(b, p.Input)
	if p.Output == nil {
		b.Failf("the model gave no output node")
	}
	p.Outputs = append([]NamedNode{{defaultOutput, p.Output}}, b.outputs...)
	p.Weights, p.updates, p.paths = b.bindings, b.updates, b.paths
	objectives := c.objectives()
	if len(objectives) == 0 {
		return
	}
	lossScope := b.ScopeAs("loss")
	p.drawLosses(lossScope, objectives)
	if c.Mode == Train {
		p.drawGradient(lossScope)
	}
}

// drawGradient asks Gorgonia for the gradient of the loss.
func (p *Program) drawGradient(b *Builder) {
	reached := op.Reachable(p.Loss)
	var trained []*Binding
	var wrt gorgonia.Nodes
	for _, w := range p.Weights {
		if !w.Trainable() {
			continue
		}
		if !reached[w.Node] {
			b.Failf("parameter %s does not influence the loss, so it has no gradient (leave its layer out)", w.Name)
		}
		trained, wrt = append(trained, w), append(wrt, w.Node)
	}
	if len(wrt) == 0 {
		return
	}
	b.checkDifferentiable(reached)
	grads, err := gorgonia.Grad(p.Loss, wrt...)
	if err != nil {
		b.fail(errors.Wrap(err, "the gradient of the loss"))
	}
	taken := make(map[*gorgonia.Node]bool)
	for i, w := range trained {
		w.Grad = b.untaken(grads[i], taken)
		taken[w.Grad] = true
	}
}

// untaken returns a gradient, or a copy if another parameter has taken its node: a callback may change gradients in place.
func (b *Builder) untaken(grad *gorgonia.Node, taken map[*gorgonia.Node]bool) *gorgonia.Node {
	for taken[grad] { // two copies of one node are one node, so the second is a copy of the first
		grad = b.Check(op.Activate(op.Identity, 0, grad))
	}
	return grad
}

// checkDifferentiable fails on an operation without a gradient, on which Gorgonia would panic.
func (b *Builder) checkDifferentiable(reached map[*gorgonia.Node]bool) {
	for _, n := range b.graph.AllNodes() {
		if _, ok := n.Op().(gorgonia.SDOp); !ok && reached[n] && len(op.Operands(n)) > 0 {
			b.Failf("operation %v, drawn by %s, has no gradient: got a %T, want a gorgonia.SDOp", n.Op(), at(b.paths[n]), n.Op())
		}
	}
}
