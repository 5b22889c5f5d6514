package onnx

import (
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// A parameter tells what a constant of the file is in its layer.
type parameter struct{ role graph.Role }

// roles tell which inputs of operations are parameters, by their places, if they are float constants of the file.
var roles = map[string][]graph.Role{
	"Conv": {-1, graph.Weight, graph.Bias}, "ConvTranspose": {-1, graph.Weight, graph.Bias}, "Gemm": {graph.Weight, graph.Weight, graph.Bias},
	"MatMul": {graph.Weight, graph.Weight}, "Einsum": {graph.Weight, graph.Weight}, "Gather": {graph.Weight},
	"BatchNormalization":    {-1, graph.Gain, graph.Shift, graph.RunningStat, graph.RunningStat},
	"InstanceNormalization": {-1, graph.Gain, graph.Shift}, "LayerNormalization": {-1, graph.Gain, graph.Shift},
	"GroupNormalization": {-1, graph.Gain, graph.Shift}, "PRelu": {-1, graph.Gain},
	"RNN":  {-1, graph.Weight, graph.Weight, graph.Bias},
	"GRU":  {-1, graph.Weight, graph.Weight, graph.Bias},
	"LSTM": {-1, graph.Weight, graph.Weight, graph.Bias},
	"Add":  {graph.Bias, graph.Bias}, "Sub": {graph.Bias, graph.Bias}, "Mul": {graph.Gain, graph.Gain}, "Div": {graph.Gain, graph.Gain},
}

// passing are operations whose result is a parameter if their first input is one, in another shape.
var passing = []string{"Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Slice", "Split", "Cast"}

// elementwise are operations that read numbers of the graph as often as parameters: half of a sum, or an epsilon.
var elementwise = []string{"Add", "Sub", "Mul", "Div"}

// A use tells how the operations of the file read a value.
type use struct {
	role  graph.Role
	layer bool // by an operation that is a layer, such as Gemm: not only elementwise
}

// findParameters finds the constants that are parameters, by what reads them.
func (m *model) findParameters() {
	constants := make(map[string]*onnxfile.Tensor)
	for _, t := range m.file.graph.Constants() {
		constants[t.Name] = t
	}
	found, written, fixed := make(map[string]use), make(map[string]bool), make(map[string]bool)
	for name := range constants {
		fixed[name] = true
	}
	findFixed(m.file.graph, fixed)
	m.findUses(m.file.graph, found, written, fixed)
	for _, n := range m.file.graph.Nodes {
		if len(n.Inputs) > 1 && slices.Contains(recurrences, n.Op) && isOrder(constants[n.Inputs[1]]) {
			delete(found, n.Inputs[1])
		}
		if len(n.Inputs) > 0 && n.Op == "Gather" && isShares(constants[n.Inputs[0]]) {
			delete(found, n.Inputs[0])
		}
	}
	m.parameters = make(map[string]parameter)
	for name, u := range found {
		t := constants[name]
		if t == nil || !t.Type.IsFloat() || m.options.Frozen != nil && m.options.Frozen(name) {
			continue
		}
		size, err := t.Size()
		if err != nil || size == 0 || size == 1 && !u.layer && (written[name] || len(t.Shape) == 0) {
			continue // nothing to train, or one number of the graph
		}
		m.parameters[name] = parameter{role: u.role}
	}
}

// recurrences are the recurrent layers.
var recurrences = []string{"RNN", "GRU", "LSTM"}

// isOrder reports whether the weight of a recurrence's inputs only brings gates into another order, as this package writes it where the
// inputs are products already. Such a weight is nothing to train.
func isOrder(t *onnxfile.Tensor) bool {
	if t == nil || len(t.Shape) != 3 || t.Shape[0] != 1 || t.Shape[1] != t.Shape[2] || t.Elsewhere() != nil {
		return false
	}
	numbers, err := t.Numbers()
	n := t.Shape[1]
	if err != nil || len(numbers) != n*n {
		return false
	}
	columns := make([]bool, n)
	for i := range n {
		row := numbers[i*n : (i+1)*n]
		at := slices.Index(row, 1)
		if at < 0 || columns[at] || slices.ContainsFunc(row[at+1:], isNotZero) || slices.ContainsFunc(row[:at], isNotZero) {
			return false
		}
		columns[at] = true
	}
	return true
}

// isShares reports whether row k of a table holds 1/k in its first k places and then zeros: the means over sequences of each length, as this
// package writes them. Such a table is nothing to train.
func isShares(t *onnxfile.Tensor) bool {
	if t == nil || len(t.Shape) != 2 || t.Shape[0] != t.Shape[1]+1 || t.Elsewhere() != nil {
		return false
	}
	numbers, err := t.Numbers()
	columns := t.Shape[1]
	if err != nil || len(numbers) != t.Shape[0]*columns {
		return false
	}
	for i, x := range numbers {
		row, column := i/columns, i%columns
		if want := 1 / float64(row); column < row && x != want && x != float64(float32(want)) || column >= row && x != 0 {
			return false
		}
	}
	return true
}

func isNotZero(x float64) bool { return x != 0 }

// passed lists the inputs of a node that are parameters if its result is one: the first that a change of shape reads, and all that are
// joined, such as the gates of an LSTM of PyTorch, if each is constant.
func passed(n *onnxfile.Node, fixed map[string]bool) []string {
	switch {
	case slices.Contains(passing, n.Op) && len(n.Inputs) > 0:
		return n.Inputs[:1]
	case n.Op == "Concat" && allOf(n.Inputs, fixed):
		return n.Inputs
	}
	return nil
}

func allOf(names []string, set map[string]bool) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !set[name] })
}

// findFixed adds the values that are constants of the file in another shape, or several of them joined.
func findFixed(g *onnxfile.Graph, fixed map[string]bool) {
	for _, n := range g.Nodes {
		if inputs := passed(n, fixed); len(inputs) > 0 && allOf(inputs, fixed) {
			for _, out := range n.Outputs {
				fixed[out] = true
			}
		}
		for _, a := range n.Attributes {
			if a.Graph != nil {
				findFixed(a.Graph, fixed)
			}
		}
	}
}

// findUses notes what each value is used as, from the last node to the first, so that uses pass through changes of shape, and which
// constants are written as nodes.
func (m *model) findUses(g *onnxfile.Graph, found map[string]use, written, fixed map[string]bool) {
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		for at, name := range n.Inputs {
			if places := roles[n.Op]; n.Domain == "" && at < len(places) && places[at] >= 0 {
				note(found, name, use{places[at], !slices.Contains(elementwise, n.Op)})
			}
		}
		if n.Op == "Constant" && len(n.Outputs) == 1 {
			written[n.Outputs[0]] = true
		}
		for _, out := range n.Outputs {
			if u, is := found[out]; is {
				for _, name := range passed(n, fixed) {
					note(found, name, u)
				}
			}
		}
		for _, a := range n.Attributes {
			if a.Graph != nil {
				m.findUses(a.Graph, found, written, fixed)
			}
		}
	}
}

// note keeps the first role in the order of roles: a weight that is also added to something is a weight.
func note(found map[string]use, name string, u use) {
	if old, is := found[name]; is {
		u = use{min(u.role, old.role), u.layer || old.layer}
	}
	found[name] = u
}

// parameter declares a constant of the file as a parameter.
func (d *drawing) parameter(name string, t *onnxfile.Tensor, p parameter) *value {
	if err := t.Elsewhere(); err != nil {
		d.Failf("tensor %q: %v", name, err)
	}
	spec := graph.Param{Name: name, Role: p.role, Fan: fanOf(t.Shape), Init: stored{t}}
	return &value{name: name, typ: t.Type, shape: t.Shape, node: d.top.Param(spec, nodeShape(t.Shape)...)}
}

// fanOf takes the first axis for the outputs, as weights of PyTorch have it.
func fanOf(shape []int) initializer.Fan {
	if len(shape) < 2 {
		return initializer.Fan{}
	}
	window := sizeOf(shape[2:])
	return initializer.Fan{In: shape[1] * window, Out: shape[0] * window}
}

// stored gives a parameter the numbers of the file.
type stored struct{ tensor *onnxfile.Tensor }

func (s stored) String() string { return "file" }

// Fill implements initializer.Initializer.
func (s stored) Fill(dst []float64, _ tensor.Shape, _ initializer.Fan, _ *rand.Rand) error {
	numbers, err := s.tensor.Numbers()
	if err == nil && copy(dst, numbers) != len(dst) {
		err = errors.Errorf("got %d numbers, want %d", len(numbers), len(dst))
	}
	return err
}
