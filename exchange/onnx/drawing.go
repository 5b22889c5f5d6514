package onnx

import (
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// Limits of what a file can make us draw, beside Options.MaxElements.
const (
	maxNodes = 1 << 17 // nodes of the file, and of the graph
	maxAxes  = 64      // of a value
)

// A drawing is the state of one drawing of a model.
type drawing struct {
	*graph.Builder                // scope of the node that is drawn
	top            *graph.Builder // scope of the model
	model          *model
	values         map[string]*value
	names          map[string]int // how often scopes were named so
	constants      int            // number of lifted values so far
	work           int            // elements that were computed, or rearranged by an index, so far
	nodes          int            // see maxNodes
}

// check gives the number of elements of a shape, and fails if there are too many.
// Axes without elements do not make others free.
func (d *drawing) check(shape []int) int {
	most, size := d.model.options.MaxElements, 1
	if len(shape) > maxAxes {
		d.Failf("got a tensor of %d axes, want at most %d", len(shape), maxAxes)
	}
	for _, n := range shape {
		if n < 0 || n > 0 && size > most/n {
			d.Failf("got a tensor of shape %v, want at most %d elements (see Options.MaxElements)", shape, most)
		}
		size *= max(n, 1)
	}
	return sizeOf(shape)
}

// count is check of what is computed while the graph is drawn. It fails if the whole drawing computes too much.
func (d *drawing) count(shape []int) int {
	size := d.check(shape)
	if d.work += size; d.work > d.model.options.MaxElements {
		d.Failf("got more than %d elements to compute while the graph is drawn (see Options.MaxElements)", d.model.options.MaxElements)
	}
	return size
}

// wrap makes a value of a node that was drawn. The value of a scalar has shape (), and its node (1).
func (d *drawing) wrap(typ onnxfile.Type, n *gorgonia.Node, shape []int) *value {
	d.check(shape)
	d.step()
	return &value{typ: typ, node: n, shape: slices.Clone(shape)}
}

// made takes the results of a function that makes a node, as a value of the node's shape.
func (d *drawing) made(typ onnxfile.Type) func(n *gorgonia.Node, err error) *value {
	return func(n *gorgonia.Node, err error) *value {
		d.Check(n, err)
		return d.wrap(typ, n, n.Shape())
	}
}

// nodeShape is the shape of the node of a value.
func nodeShape(shape []int) tensor.Shape {
	if len(shape) == 0 {
		return tensor.Shape{1}
	}
	return slices.Clone(shape)
}

// step counts a node.
func (d *drawing) step() {
	if d.nodes++; d.nodes > maxNodes {
		d.Failf("got more than %d nodes to draw", maxNodes)
	}
}

// lift gives the node of a value. Known numbers become an input of the graph that has them, because Gorgonia takes large constants with the
// same ends for one another.
func (d *drawing) lift(v *value) *gorgonia.Node {
	if v.node != nil {
		if v.node.Dtype() == tensor.Int {
			d.Failf("%s: got integers that depend on data, want floats (only Gather, Cast, and changes of shape take such integers)", v.title())
		}
		return v.node
	}
	if v.lifted != nil {
		return v.lifted
	}
	d.step()
	if !v.typ.IsFloat() && v.typ != onnxfile.Bool {
		d.Failf("%s: got a constant of %v beside data, want floats", v.title(), v.typ)
	}
	if v.size() == 0 {
		d.Failf("%s: got a tensor of shape %v beside data, want at least one element", v.title(), v.shape)
	}
	dense, err := tensors.FromSlice(d.Dtype(), v.numbers, nodeShape(v.shape)...)
	if err != nil {
		d.Check(nil, err)
	}
	d.constants++
	v.lifted = gorgonia.NewTensor(d.Graph(), d.Dtype(), dense.Dims(), gorgonia.WithShape(dense.Shape()...), gorgonia.WithValue(dense),
		gorgonia.WithName(fmt.Sprintf("constant %d of %s", d.constants, d.top.Path())))
	return v.lifted
}

// title names a value in an error.
func (v *value) title() string {
	if v.name == "" {
		return "a value"
	}
	return fmt.Sprintf("value %q", v.name)
}

// needNumbers gives the numbers of a value, which must be known.
func (d *drawing) needNumbers(v *value, what string) []float64 {
	if !v.known() {
		d.Failf("%s: got a value that depends on data for %s, want one that is known when the graph is drawn (a shape, a constant, or an input in Options.Fixed)",
			v.title(), what)
	}
	return v.numbers
}

// needIntegers gives the numbers of a value as integers. Those that are too large for memory become the largest or smallest.
func (d *drawing) needIntegers(v *value, what string) []int {
	numbers := d.needNumbers(v, what)
	list := make([]int, len(numbers))
	const most = 1 << 30
	for i, n := range numbers {
		if n != n {
			d.Failf("%s: got NaN for %s, want integers", v.title(), what)
		}
		list[i] = int(min(max(n, -most), most))
	}
	return list
}
