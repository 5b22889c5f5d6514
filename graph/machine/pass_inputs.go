package machine

import "gorgonia.org/gorgonia"

// takeInputs removes inputs and constants from the list of steps: those that remain are computed in each run.
func takeInputs(c *compilation) error {
	c.plan.gradients = gradientsOf(c.machine, c.steps)
	c.plan.stepsOf = make(map[*gorgonia.Node][]*step)
	var computed []*step
	for _, s := range c.steps {
		switch s.kind {
		case isInput:
			c.plan.inputs = append(c.plan.inputs, s)
		case isConstant:
			if !s.kept {
				continue
			}
			c.plan.constants = append(c.plan.constants, s)
		default:
			s.args = make([]gorgonia.Value, len(s.inputs), len(s.inputs)+1)
			if s.side != nil {
				s.args = s.args[:len(s.inputs)+1]
			}
			computed = append(computed, s)
			c.plan.stepsOf[s.node] = append(c.plan.stepsOf[s.node], s)
		}
	}
	c.steps = computed
	return nil
}
