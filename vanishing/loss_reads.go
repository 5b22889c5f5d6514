package vanishing

import (
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
)

// enoughSamples is the least number of samples in a batch that are not equal by chance.
const enoughSamples = 16

// reads finds what the loss is computed from, up to the outputs. It is false if the loss is more than a function of outputs, data and
// parameters that are only added to it, as a penalty is, or if an operation has a state.
func (g *guesser) reads() (read map[*gorgonia.Node]bool, given bool) {
	read = make(map[*gorgonia.Node]bool)
	_, given = g.follow(g.program.Loss, read, make(map[*gorgonia.Node]parts))
	return read, given
}

// parts tell what the value of a node depends on.
type parts struct{ outputs, weights, data bool }

// follow notes all that a node is computed from.
func (g *guesser) follow(n *gorgonia.Node, read map[*gorgonia.Node]bool, known map[*gorgonia.Node]parts) (p parts, given bool) {
	if p, done := known[n]; done {
		return p, true
	}
	read[n] = true
	kind := op.SpecOf(n).Kind
	switch {
	case g.frees(n):
		p.outputs = true
	case slices.ContainsFunc(g.program.Weights, func(w *graph.Binding) bool { return w.Node == n && w.Grad != nil }):
		p.weights = true
	case slices.Contains(stateful, kind):
		return p, false
	case g.isData(n):
		p.data = true
	default:
		for _, in := range op.Operands(n) {
			of, given := g.follow(in, read, known)
			if !given {
				return p, false
			}
			p = parts{p.outputs || of.outputs, p.weights || of.weights, p.data || of.data}
		}
		if p.outputs && !slices.Contains(additive, kind) {
			if p.weights {
				return p, false
			}
			g.compares = g.compares || p.data
		}
	}
	known[n] = p
	return p, true
}

var (
	// stateful are the operations whose results are not those of their operands alone, and those of which nothing is known.
	stateful = []op.Kind{op.KindUnknown, op.KindNormalize, op.KindDropout, op.KindDropoutMask, op.KindRandom, op.KindScan, op.KindStatement}
	// additive are those that add a penalty to a loss, and what may come after.
	additive = []op.Kind{op.KindAdd, op.KindSub, op.KindScale, op.KindNeg, op.KindSum, op.KindMean, op.KindReshape}
)

// frees reports whether a node is an output.
func (g *guesser) frees(n *gorgonia.Node) bool {
	return slices.ContainsFunc(g.outputs, func(o *freeOutput) bool { return o.node == n })
}

// isData reports whether a node is an input or a target.
func (g *guesser) isData(n *gorgonia.Node) bool {
	return op.SpecOf(n).Kind == op.KindInput && !g.frees(n) && !slices.ContainsFunc(g.program.Weights, func(w *graph.Binding) bool { return w.Node == n })
}

// sameAnswer reports whether the loss asks for the same of all samples: it only adds data to what it computes from the outputs, or reads targets
// that do not vary.
func (g *guesser) sameAnswer() bool {
	if !g.compares {
		return true
	}
	for _, n := range g.data {
		v := n.Value()
		for _, in := range slices.Concat(g.program.Inputs, g.program.Targets) {
			if in.Node == n && g.inputs[in.Name] != nil {
				v = *g.inputs[in.Name]
			}
		}
		if v == nil || varies(v) {
			return false
		}
	}
	return true
}

// varies reports whether the samples of a value differ, or there are not enough of them to tell.
func varies(v gorgonia.Value) bool {
	n := 1
	if s := v.Shape(); s.Dims() > 0 {
		n = s[0]
	}
	switch x := v.Data().(type) {
	case []float64:
		return differ(x, n)
	case []float32:
		return differ(x, n)
	case []int:
		return differ(x, n)
	}
	return v.Size() > 1
}

// differ reports whether n rows differ, or there are not enough of them to tell.
func differ[T comparable](x []T, n int) bool {
	if len(x) == 0 || n < enoughSamples {
		return len(x) > 1
	}
	row := x[:len(x)/n]
	for i := range n {
		if !slices.Equal(x[i*len(row):(i+1)*len(row)], row) {
			return true
		}
	}
	return false
}
