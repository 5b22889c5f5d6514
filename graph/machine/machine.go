package machine

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A Machine runs an expression graph: any graph, also one written by hand with Gorgonia's own operations.
//
// It compiles the graph once: it drops what no output needs, merges nodes that compute the same, computes constants, joins
// operations that can run as one, replaces Gorgonia's operations by faster and more exact ones where there are any (package
// foreign lists those that compute wrong numbers), and plans the memory so that values which are never needed at the same time
// share it. After that a run allocates nothing.
//
// The values of outputs are bound to their nodes: after RunAll, n.Value() of an output is its value until the next run. If
// w.Deriv() of a parameter is an output, w.Grad() and Gorgonia's solvers can read it. Other nodes share memory and have no value
// after a run, but [Machine.Tap] shows them during it.
//
// The next run overwrites the values. To keep them, clone them or call [Machine.KeepRuns].
type Machine struct {
	graph   *gorgonia.ExprGraph // of the nodes
	outputs gorgonia.Nodes
	keeping keeping
	groups  []*TapGroup                        // the first holds the taps of Tap
	layerOf func(*gorgonia.Node) string        // the layer of a node, for errors and timings
	fed     map[*gorgonia.Node]*gorgonia.Value // variables that hold the values of fed nodes; see Feed
	places  map[*gorgonia.Node]*tensor.Dense   // memory for the values of outputs; see Place

	cloning    bool                    // see KeepRuns
	evaluating bool                    // see Evaluate
	summed     map[*gorgonia.Node]bool // learnables whose gradients add up over runs; see SumGradients

	plan    *plan            // nil until compiled
	plans   map[string]*plan // by the groups of taps that are enabled
	failure error            // which every run returns
	closed  bool
	watched watch // for NaN and infinities
	timing  bool
}

var _ gorgonia.VM = (*Machine)(nil)

// New makes a machine that computes the outputs. If none are named it computes all that the graph has at the time of the
// call, and keeps all values, so that it can stand in for gorgonia.NewTapeMachine in any program. Nodes drawn later need another
// machine.
func New(g *gorgonia.ExprGraph, outputs ...*gorgonia.Node) *Machine {
	m := ForTaps(g)
	m.outputs = outputs
	if len(outputs) == 0 && g != nil {
		m.outputs, m.keeping = roots(g), keepAll
	}
	if len(m.outputs) > 0 && len(outputs) == 0 {
		m.graph = m.outputs[0].Graph() // g may be a part of it
	}
	return m
}

// ForTaps makes a machine that computes what its taps show, and binds no values to nodes.
func ForTaps(g *gorgonia.ExprGraph) *Machine {
	m := &Machine{
		graph:   g,
		layerOf: func(*gorgonia.Node) string { return "" },
		fed:     make(map[*gorgonia.Node]*gorgonia.Value),
		plans:   make(map[string]*plan),
	}
	m.NewTapGroup()
	return m
}

// KeepAll makes the machine keep the value of every node it computes, each in separate memory.
func (m *Machine) KeepAll() {
	m.keeping = keepSeparate
	m.forget()
}

// KeepOutputs makes a machine that was made without outputs keep the values of those nodes only that no other node reads, as
// gorgonia.Read draws them, and the gradients of variables. Other nodes have no values after a run: theirs share memory, and their
// operations are joined. A TapeMachine promises no more, though it leaves values at all nodes, some of them overwritten.
func (m *Machine) KeepOutputs() {
	if m.keeping == keepOutputs || m.graph == nil {
		return
	}
	m.keeping = keepOutputs
	has := op.Reachable(m.outputs...)
	for _, n := range m.graph.AllNodes() {
		if d := n.Deriv(); n.Op() == nil && d != nil && has[d] && !slices.Contains(m.outputs, d) {
			m.outputs = append(m.outputs, d)
		}
	}
	m.forget()
}

// NameLayers tells the machine which layer a node belongs to, for errors and timings; "" is none.
func (m *Machine) NameLayers(layerOf func(*gorgonia.Node) string) { m.layerOf = layerOf }

// Failing makes a machine whose runs return an error, for callers that cannot return it themselves.
func Failing(err error) *Machine { return &Machine{failure: err} }

// Compile makes the plan that runs need, unless there is one. Without a call of Compile the first run makes it.
func (m *Machine) Compile() error { return m.ready() }

// RunAll computes the outputs from the values bound to the graph's inputs.
func (m *Machine) RunAll() error {
	if err := m.ready(); err != nil {
		return err
	}
	if err := m.setModes(); err != nil {
		return err
	}
	for _, s := range m.plan.inputs {
		if err := s.read(); err != nil {
			return m.explain(s, err)
		}
		if err := m.plan.protect(s); err != nil {
			return m.explain(s, err)
		}
		if err := m.show(s); err != nil {
			return m.explain(s, err)
		}
	}
	for i := range m.plan.stages {
		if err := m.runStage(&m.plan.stages[i]); err != nil {
			return err
		}
	}
	return m.finish()
}

// ready compiles the graph unless there is a plan.
func (m *Machine) ready() (err error) {
	if m.failure != nil {
		return m.failure
	}
	if m.closed {
		return errors.New("machine: the machine is closed")
	}
	if m.plan == nil {
		m.plan, err = m.planFor(m.enabled())
	}
	return err
}

// planFor finds a plan made before, or makes it.
func (m *Machine) planFor(enabled string) (*plan, error) {
	if p := m.plans[enabled]; p != nil {
		return p, nil
	}
	p, _, err := m.compile()
	if err != nil {
		return nil, err
	}
	for _, stage := range p.stages {
		for _, s := range stage.steps() {
			s.copied = m.cloning
		}
	}
	m.plans[enabled] = p
	return p, nil
}

// Let binds a value to an input, as gorgonia.Let.
func (m *Machine) Let(n *gorgonia.Node, value any) error { return gorgonia.Let(n, value) }

// Set binds the value of a node of the last run to an input.
func (m *Machine) Set(input, from *gorgonia.Node) error { return gorgonia.Let(input, from.Value()) }

// forget drops all plans, because something that they depend on has changed.
func (m *Machine) forget() {
	m.plan = nil
	clear(m.plans)
}

// Memory reports the memory that the plan needs.
func (m *Machine) Memory() (Memory, error) {
	if err := m.ready(); err != nil {
		return Memory{}, err
	}
	return m.plan.memory, nil
}

// Reset does nothing: the machine is always ready to run again.
func (m *Machine) Reset() {}

// Close frees the machine's memory. The machine cannot run again.
func (m *Machine) Close() error {
	m.forget()
	m.closed = true
	return nil
}
