package machine

import "gorgonia.org/gorgonia"

// takeInputs takes inputs and constants off the list of steps: the rest is computed in each run.
func takeInputs(c *compilation) error {
	c.plan.find = make(map[*gorgonia.Node]*step)
	var computed []*step
	for _, s := range c.steps {
		switch s.kind {
		case isInput:
			c.plan.inputs = append(c.plan.inputs, s)
		case isConstant:
			if !s.kept {
				continue
			}
			if err := s.bind(); err != nil {
				return c.machine.explain(s, err)
			}
		default:
			s.args = make([]gorgonia.Value, len(s.inputs))
			computed = append(computed, s)
			c.plan.find[s.node] = s
		}
	}
	c.steps = computed
	return nil
}
