package op_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
	"github.com/gradflow/gradflow/internal/kernel"
)

// A computed op is one node with the values of its inputs and of its output.
type computed struct {
	where string
	op    *op.Op
	in    []gorgonia.Value
	out   gorgonia.Value
}

// everyOp computes all cases of the tables in a float type, forward and backward, and gives their ops.
func everyOp(t *testing.T, dt tensor.Dtype) (all []computed) {
	t.Helper()
	for _, c := range gradientCases() {
		loss, wrt := c.buildIn(t, dt)
		nodes := append(grad(t, loss, wrt...), loss)
		all = append(all, opsOf(t, c.op+" "+c.name, nodes)...)
	}
	for _, c := range opCases() {
		node := must(t)(c.draw(c.on(squareOf(dt))))
		all = append(all, opsOf(t, c.op+" "+c.name, gorgonia.Nodes{node})...)
	}
	return all
}

// opsOf computes the nodes and gives the ops of ours on their graph.
func opsOf(t *testing.T, where string, nodes gorgonia.Nodes) (all []computed) {
	t.Helper()
	runAll(t, nodes...)
	g := nodes[0].Graph()
	for _, n := range g.AllNodes() {
		o, ours := n.Op().(*op.Op)
		if !ours || n.Value() == nil {
			continue
		}
		c := computed{where: fmt.Sprintf("%v %s: %v", nodes[0].Dtype(), where, o), op: o, out: n.Value()}
		for children := g.From(n.ID()); children.Next(); {
			c.in = append(c.in, children.Node().(*gorgonia.Node).Value())
		}
		all = append(all, c)
	}
	return all
}

var floatTypes = []tensor.Dtype{tensor.Float32, tensor.Float64}

// An op may write its result over an input that it names: the bits are those it writes into fresh memory.
func TestInPlace(t *testing.T) {
	tried := 0
	for _, dt := range floatTypes {
		for _, c := range everyOp(t, dt) {
			for _, i := range c.op.InPlace() {
				over, isTensor := c.in[i].(*tensor.Dense)
				if !isTensor || over.Shape().TotalSize() != c.out.Shape().TotalSize() {
					continue
				}
				over = tensor.New(tensor.WithShape(c.out.Shape()...), tensor.WithBacking(over.Clone().(*tensor.Dense).Data()))
				in := slices.Clone(c.in)
				in[i] = over
				if err := c.op.NewCall().Run(over, in); err != nil {
					t.Fatalf("%s: %v", c.where, err)
				}
				if got, want := goldens.Floats(t, over.Data()), goldens.Floats(t, c.out.Data()); !slices.EqualFunc(got, want, sameBits) {
					t.Errorf("%s: over input %d it gives %v, want %v", c.where, i, got, want)
				}
				tried++
			}
		}
	}
	if tried < 500 {
		t.Errorf("only %d inputs were written over", tried)
	}
}

func sameBits(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// An op that is run again allocates nothing. Products of matrices in plain Go do, on processors without kernels of ours.
func TestCallsAllocateNothing(t *testing.T) {
	const size = 100
	a, c := make([]float64, size*size), make([]float64, size*size)
	products := testing.AllocsPerRun(2, func() { kernel.Gemm(nil, false, false, size, size, size, 1, a, size, a, size, 0, c, size) })
	for _, dt := range floatTypes {
		for _, c := range everyOp(t, dt) {
			if products > 0 && (strings.Contains(c.where, "MatMul") || strings.Contains(c.where, "Linear") || strings.Contains(c.where, "Conv")) {
				continue
			}
			call := c.op.NewCall()
			var err error
			n := testing.AllocsPerRun(2, func() { err = call.Run(c.out, c.in) })
			if n != 0 || err != nil {
				t.Errorf("%s: %g allocations, error %v", c.where, n, err)
			}
		}
	}
}

// The elementwise ops name every input of the output's shape, so that a machine can save their memory.
func TestElementwiseOpsWorkInPlace(t *testing.T) {
	nodes := square()
	x, y := nodes['x'], nodes['y']
	relu := must(t)(op.Activate(op.ReLU, 0, x))
	for _, n := range []*gorgonia.Node{
		relu, must(t)(op.Add(x, y)), must(t)(op.Mul(x, y)), must(t)(op.Scale(x, 2)), must(t)(op.Lerp(x, y, 0.5)), must(t)(op.Softmax(x)),
		grad(t, must(t)(gorgonia.Sum(relu)), x)[0],
	} {
		o := n.Op().(*op.Op)
		if places := o.InPlace(); len(places) != o.Arity() {
			t.Errorf("%v may take over the inputs %v, want all", o, places)
		}
	}
}
