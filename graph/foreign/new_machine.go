package foreign

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
)

// NewMachine makes a machine in place of gorgonia.NewTapeMachine(g, opts...): a program runs on ours if this call is changed and
// nothing else. Like a TapeMachine it computes what the graph has when it is made, and tensors bound to nodes get Gorgonia's
// StandardEngine.
//
// It takes these options of Gorgonia's. An option that it cannot take makes every run return an error that names it.
//
//	BindDualValues   gradients of runs without a solver's step in between add up; without this option each run replaces them
//	EvalMode         dropout and batch normalisation compute as in evaluation
//	TraceExec        later runs leave the values of earlier ones alone
//	WithNaNWatch     a run ends at the first NaN
//	WithInfWatch     a run ends at the first infinity
//	WithLogger       with WithWatchlist of nodes and WithValueFmt: the values of nodes are logged
//	WithPrecompiled  the machine computes the outputs that CompileFunction was given
//	WithPointerWatch, UseCudaFor, WithManualGradient  have nothing to do
func NewMachine(g *gorgonia.ExprGraph, opts ...gorgonia.VMOpt) *machine.Machine {
	o, err := readOptions(opts)
	if err != nil {
		return machine.Failing(err)
	}
	if o.precompiled != nil {
		g = o.precompiled
	}
	if g == nil {
		return machine.Failing(errors.New("foreign: the graph is nil"))
	}
	setEngine(g)
	return o.apply(machine.New(g))
}

// setEngine gives the tensors that are bound to nodes the engine of the values that the machine computes, as NewTapeMachine does.
func setEngine(g *gorgonia.ExprGraph) {
	var engine tensor.Engine = gorgonia.StandardEngine{}
	for _, n := range g.AllNodes() {
		if v, isDense := n.Value().(*tensor.Dense); isDense && v != nil && v.Engine() != engine {
			tensor.WithEngine(engine)(v)
		}
	}
}

// Configure sets options of Gorgonia's, those that [NewMachine] takes, on a machine that exists. WithPrecompiled has no effect: the
// machine knows already what to compute.
func Configure(m *machine.Machine, opts ...gorgonia.VMOpt) error {
	o, err := readOptions(opts)
	if err != nil {
		return err
	}
	o.apply(m)
	return nil
}

// apply sets the options on a machine.
func (o *options) apply(m *machine.Machine) *machine.Machine {
	m.Evaluate(o.evalMode)
	m.WatchNaN(o.nanWatch)
	m.WatchInf(o.infWatch)
	if o.bindDualValues {
		m.SumGradients(o.learnables...)
	}
	if o.traceExec {
		m.KeepRuns()
	}
	if o.logger != nil {
		o.log(m)
	}
	return m
}

// log makes the machine print the values of the nodes to watch, or of all that it computes.
func (o *options) log(m *machine.Machine) {
	nodes := o.watched
	if len(nodes) == 0 {
		nodes = m.Nodes()
	}
	for _, n := range nodes {
		m.Tap(n, func(v gorgonia.Value) { o.logger.Printf("node %d (%v): "+o.valueFormat, n.ID(), n, v) })
	}
}
