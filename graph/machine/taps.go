package machine

import (
	"slices"

	"gorgonia.org/gorgonia"
)

// A TapGroup is a set of taps that are switched on and off together. While it is off its taps cost nothing: the machine keeps a
// separate plan for either case, so that a run without the taps joins operations and shares memory as if there were no taps. Switching is cheap once both plans are made.
type TapGroup struct {
	machine *Machine
	on      bool
	taps    map[*gorgonia.Node][]*tap
}

// A tap is a function to call. Its address identifies it.
type tap struct {
	call     func(v gorgonia.Value, inputs []gorgonia.Value)
	step     func(step int, v gorgonia.Value) // instead of call; see TapSteps
	parallel bool                             // see TapParallel
	inputs   bool                             // see TapInputs
}

// NewTapGroup makes a group, which is on.
func (m *Machine) NewTapGroup() *TapGroup {
	g := &TapGroup{machine: m, on: true, taps: make(map[*gorgonia.Node][]*tap)}
	m.groups = append(m.groups, g)
	m.forget()
	return g
}

// Tap calls f with the value of a node in each run, right after it is computed. A node that no output needs is computed
// for the tap. The value must not be changed, and is overwritten later in the run or by the next. A panic of f ends the run
// with an error that names the node. Calling remove takes the tap off again; neither may be done from within a tap.
//
// A node of the step of a recurrence (package scan) has a value in each step: f gets all of them, stacked along a new first axis, once
// the recurrence has run.
func (m *Machine) Tap(n *gorgonia.Node, f func(gorgonia.Value)) (remove func()) {
	return m.groups[0].Tap(n, f)
}

// TapParallel is as Tap, but f may be called on any core, at the same time as operations and other taps, and not right after the
// value is computed. So f must not share data with other taps. It takes less time if a core has nothing else to do.
func (m *Machine) TapParallel(n *gorgonia.Node, f func(gorgonia.Value)) (remove func()) {
	return m.groups[0].TapParallel(n, f)
}

// Tap is as [Machine.Tap], for runs in which the group is on.
func (g *TapGroup) Tap(n *gorgonia.Node, f func(gorgonia.Value)) (remove func()) {
	return g.add(n, &tap{call: func(v gorgonia.Value, _ []gorgonia.Value) { f(v) }})
}

// TapParallel is as [Machine.TapParallel], for runs in which the group is on.
func (g *TapGroup) TapParallel(n *gorgonia.Node, f func(gorgonia.Value)) (remove func()) {
	return g.add(n, &tap{call: func(v gorgonia.Value, _ []gorgonia.Value) { f(v) }, parallel: true})
}

// TapInputs is as Tap, and also passes the values the node was computed from, in the order of its operation. They differ from the
// values of [op.Operands] if the machine has joined the operation with others. An input whose memory the operation has taken over
// holds the result; a product of matrices takes over none. Images that the machine keeps in blocks of channels are converted. There are no
// values of inputs for a node of the step of a recurrence.
func (g *TapGroup) TapInputs(n *gorgonia.Node, f func(v gorgonia.Value, inputs []gorgonia.Value)) (remove func()) {
	return g.add(n, &tap{call: f, inputs: true})
}

// TapSteps is as [TapGroup.TapSteps].
func (m *Machine) TapSteps(n *gorgonia.Node, f func(step int, v gorgonia.Value)) (remove func()) {
	return m.groups[0].TapSteps(n, f)
}

// TapSteps calls f with the value of a node of the step of a recurrence in each step, right after it is computed. Steps count from 0.
// Values of the step itself come in this order, values of its gradient from the last step to the first. A run over any other node is
// an error.
func (g *TapGroup) TapSteps(n *gorgonia.Node, f func(step int, v gorgonia.Value)) (remove func()) {
	return g.add(n, &tap{step: f})
}

// add puts a tap on a node.
func (g *TapGroup) add(n *gorgonia.Node, t *tap) (remove func()) {
	g.taps[n] = append(g.taps[n], t)
	g.machine.forget()
	return func() {
		others := slices.DeleteFunc(slices.Clone(g.taps[n]), func(other *tap) bool { return other == t })
		if g.taps[n] = others; len(others) == 0 {
			delete(g.taps, n)
		}
		g.machine.forget()
	}
}

// Enable switches the group's taps on or off for the runs to come. It must not be called from within a tap.
func (g *TapGroup) Enable(on bool) {
	if g.on == on {
		return
	}
	g.on = on
	g.machine.stopTiming()
	g.machine.plan = g.machine.plans[g.machine.enabled()] // nil if there is no plan for this state yet
}

// Remove takes the group and its taps off the machine.
func (g *TapGroup) Remove() {
	m := g.machine
	m.groups = slices.DeleteFunc(m.groups, func(other *TapGroup) bool { return other == g })
	m.forget()
}

// tapsOf lists the taps of a node that are on.
func (m *Machine) tapsOf(n *gorgonia.Node) []*tap {
	var all []*tap
	for _, g := range m.groups {
		if g.on {
			all = append(all, g.taps[n]...)
		}
	}
	return all
}

// spare is the buffers of the plan with the most of them.
func (m *Machine) spare() []*buffer {
	var most []*buffer
	for _, p := range m.plans {
		if len(p.buffers) > len(most) {
			most = p.buffers
		}
	}
	return most
}

// enabled is a key for the set of groups that are on.
func (m *Machine) enabled() string {
	bits := make([]byte, len(m.groups))
	for i, g := range m.groups {
		if g.on {
			bits[i] = 1
		}
	}
	return string(bits)
}
