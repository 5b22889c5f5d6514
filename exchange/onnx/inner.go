package onnx

import "github.com/gradflow/gradflow/internal/onnxfile"

// drawInner draws a graph inside a node, which reads the values outside. It gives the graph's outputs.
func (d *drawing) drawInner(g *onnxfile.Graph) (outputs []*value) {
	outside := make(map[string]*value)
	hide := func(name string) {
		if _, hidden := outside[name]; !hidden {
			outside[name] = d.values[name]
			delete(d.values, name)
		}
	}
	defer func() {
		for name, v := range outside {
			d.values[name] = v
		}
	}()
	for _, t := range g.Initializers {
		hide(t.Name)
	}
	d.readInitializers(g)
	for _, n := range g.Nodes {
		for _, name := range n.Outputs {
			hide(name)
		}
		d.drawNode(n)
	}
	for _, out := range g.Outputs {
		v := d.values[out.Name]
		if v == nil {
			d.Failf("output %q of a graph inside the node: nothing computes it", out.Name)
		}
		outputs = append(outputs, v)
	}
	return outputs
}

// drawIf draws the branch that a known condition chooses.
func drawIf(c *call) []*value {
	branch := "else_branch"
	if c.needNumber(c.need(0), "the condition") != 0 {
		branch = "then_branch"
	}
	a := c.attribute(branch, onnxfile.AttributeGraph)
	if a == nil || a.Graph == nil {
		c.fail("attribute %q: got no graph", branch)
	}
	return c.drawInner(a.Graph)
}
