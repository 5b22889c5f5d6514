package graph

import (
	"cmp"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// An Objective is one of several losses of a program. The loss of the program is their weighted sum.
type Objective struct {
	// Name is the name that scores are listed by; "" means the name of the output.
	Name string
	// Output names the output that the loss reads; "" means "output", the one that the model's Apply returns.
	Output string
	// Target names the target, which several objectives may share, or an input, as in an autoencoder. "" means "target" for
	// "output", and for any other output a target with the name of that output.
	Target string
	Loss   Loss
	Weight float64 // in the sum; 0 means 1
}

// withDefaults fills in empty fields.
func (o Objective) withDefaults() Objective {
	o.Target = o.TargetName()
	o.Output = cmp.Or(o.Output, defaultOutput)
	o.Name = cmp.Or(o.Name, o.Output)
	o.Weight = cmp.Or(o.Weight, 1)
	return o
}

// TargetName is the name of the target, with the default if Target is empty.
func (o Objective) TargetName() string {
	if o.Target == "" && (o.Output == "" || o.Output == defaultOutput) {
		return defaultTarget
	}
	return cmp.Or(o.Target, o.Output)
}

// objectives lists the losses, with empty fields filled in; it is empty without a loss.
func (c Config) objectives() (list []Objective) {
	if c.Loss != nil {
		list = append(list, Objective{Loss: c.Loss}.withDefaults())
	}
	for _, o := range c.Losses {
		list = append(list, o.withDefaults())
	}
	return list
}

func (c Config) validateLosses() error {
	if c.Loss != nil && len(c.Losses) > 0 {
		return errors.New("graph: got both Config.Loss and Config.Losses, want one of them")
	}
	taken := make(map[string]bool)
	for _, o := range c.objectives() {
		switch {
		case o.Loss == nil:
			return errors.Errorf("graph: objective %q has no loss", o.Name)
		case math.IsNaN(o.Weight) || math.IsInf(o.Weight, 0):
			return errors.Errorf("graph: objective %q: got weight %v, want a finite number", o.Name, o.Weight)
		case taken[o.Name]:
			return errors.Errorf("graph: there are two objectives %q, want a Name for each", o.Name)
		}
		taken[o.Name] = true
	}
	return nil
}

// A Part is one of the losses of a program, as drawn.
type Part struct {
	Objective                     // without empty fields
	Output, Target *gorgonia.Node // of the names in Objective
	Node           *gorgonia.Node // the loss before it is weighted, a scalar

	target  *port
	weights *gorgonia.Node // sum of the weights of the samples; nil if each counts as one
}

// Value is the loss of the last run, before it is weighted; NaN before the first run.
func (p *Part) Value() float64 { return numberOf(p.Node) }

// SumOfWeights is the sum of the weights of the samples in the last run, over which the loss is a mean; it is false if each counts
// as one.
func (p *Part) SumOfWeights() (sum float64, weighted bool) {
	return numberOf(p.weights), p.weights != nil
}

// OutputValue is the output that the loss has read in the last run, valid until the next.
func (p *Part) OutputValue() *tensor.Dense { return denseOf(p.Output) }

// TargetValue is the target that was given to the last run; nil before the first, and if none was needed.
func (p *Part) TargetValue() *tensor.Dense { return p.target.last() }

// drawLosses draws the losses and their sum.
func (p *Program) drawLosses(b *Builder, objectives []Objective) {
	for _, o := range objectives {
		scope := b
		if len(objectives) > 1 {
			scope = b.ScopeAs(o.Name)
		}
		part := p.drawPart(scope, o)
		p.Parts = append(p.Parts, part)
		term := part.Node
		if part.Weight != 1 {
			term = b.Check(op.Scale(term, part.Weight))
		}
		if p.Loss == nil {
			p.Loss = term
			continue
		}
		p.Loss = b.Check(op.Add(p.Loss, term))
	}
	p.Target = p.Parts[0].Target
}

// drawPart draws one loss.
func (p *Program) drawPart(b *Builder, o Objective) *Part {
	output := named(p.Outputs, o.Output)
	if output == nil {
		b.Failf("objective %q reads output %q: got a model with the outputs %s (a layer names others by Builder.Output)",
			o.Name, o.Output, quoted(p.Outputs))
	}
	part := &Part{Objective: o, Output: output, Target: p.targetOf(b, o, output)}
	b.weights = nil
	part.Node = o.Loss.Apply(b, output, part.Target)
	part.weights = b.weights
	if part.Node == nil || !part.Node.IsScalar() {
		b.Failf("%v: got the node %v, want a scalar", o.Loss, part.Node)
	}
	return part
}

// targetOf finds the target of an objective among inputs and targets, or makes it.
func (p *Program) targetOf(b *Builder, o Objective, output *gorgonia.Node) *gorgonia.Node {
	shape, dtype := o.Loss.Target(output.Shape(), b.Dtype())
	for _, list := range [][]NamedNode{p.Inputs, p.Targets} {
		n := named(list, o.Target)
		if n == nil {
			continue
		}
		if !slices.Equal(n.Shape(), shape) || n.Dtype() != dtype {
			b.Failf("target %q: got shape %v of %v, want %v of %v for the %v of output %q, of shape %v "+
				"(classes (int) go with graph.CrossEntropy{}, one-hot rows with OneHot set, numbers with the other losses)",
				o.Target, n.Shape(), n.Dtype(), shape, dtype, o.Loss, o.Output, output.Shape())
		}
		return n
	}
	n := b.newInput(Input{Name: o.Target, Shape: shape, Dtype: dtype})
	p.Targets = append(p.Targets, NamedNode{o.Target, n})
	return n
}

// numberOf is the value of a scalar node; NaN if there is none.
func numberOf(n *gorgonia.Node) float64 {
	if n == nil || n.Value() == nil {
		return math.NaN()
	}
	switch v := n.Value().(type) {
	case *gorgonia.F32:
		return float64(*v)
	case *gorgonia.F64:
		return float64(*v)
	}
	return math.NaN()
}

// denseOf is the value of a node as a tensor; nil if there is none.
func denseOf(n *gorgonia.Node) *tensor.Dense {
	if n == nil {
		return nil
	}
	v, _ := n.Value().(*tensor.Dense)
	return v
}
