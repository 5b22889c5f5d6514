package machine

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/pool"
)

// runStage computes the steps of a stage, then shows their values to the taps.
func (m *Machine) runStage(stage *stage) error {
	if len(stage.tasks) == 1 {
		stage.Do(0)
	} else {
		pool.Run(len(stage.tasks), stage)
	}
	for i := range stage.tasks {
		t := &stage.tasks[i]
		if t.err != nil {
			return m.explain(t.failed, t.err)
		}
		for _, s := range t.steps {
			if err := m.show(s); err != nil {
				return m.explain(s, err)
			}
		}
	}
	return nil
}

// show checks a value if the machine watches for NaN and infinities, and calls its taps.
func (m *Machine) show(s *step) error {
	if err := m.watched.check(s); err != nil {
		return err
	}
	if s.taps == nil || s.kind == isTap {
		return nil
	}
	return s.callTaps()
}

// explain adds to an error where it happened: node, op, shapes and layer.
func (m *Machine) explain(s *step, err error) error {
	where := ""
	if layer := m.layerOf(s.node); layer != "" {
		where = " of layer " + layer
	}
	if s.node.Op() == nil {
		return errors.Wrapf(err, "machine: input %q%s, shape %v", s.node.Name(), where, s.node.Shape())
	}
	var shapes []string
	for _, input := range s.inputs {
		shapes = append(shapes, fmt.Sprint(input.node.Shape()))
	}
	if s.inputs == nil {
		for _, operand := range op.Operands(s.node) {
			shapes = append(shapes, fmt.Sprint(operand.Shape()))
		}
	}
	return errors.Wrapf(err, "machine: node %d (%v)%s, inputs %s, output %v",
		s.node.ID(), s.name(), where, strings.Join(shapes, " "), s.node.Shape())
}

// finish binds what the steps have not bound themselves.
func (m *Machine) finish() error {
	for _, s := range m.plan.constants {
		if err := s.bind(); err != nil {
			return m.explain(s, err)
		}
	}
	for _, g := range m.plan.gradients {
		if err := g.give(m.cloning); err != nil {
			return m.explain(g.from, err)
		}
	}
	return nil
}

// Rebind binds the values of the machine's last run to its nodes again, after another machine over the same graph has
// bound its values there.
func (m *Machine) Rebind() error {
	if m.plan == nil {
		return nil
	}
	for _, stage := range m.plan.stages {
		for _, s := range stage.steps() {
			if !s.kept || s.value == nil {
				continue
			}
			if err := s.bind(); err != nil {
				return m.explain(s, err)
			}
		}
	}
	return nil
}
