package foreign_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/foreign"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
)

var must = gorgonia.Must

// vector makes an input of a graph with values.
func vector(g *gorgonia.ExprGraph, name string, values ...float64) *gorgonia.Node {
	return gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName(name), gorgonia.WithShape(len(values)),
		gorgonia.WithValue(tensor.New(tensor.WithShape(len(values)), tensor.WithBacking(slices.Clone(values)))))
}

// number makes a scalar input of a graph with a value.
func number(g *gorgonia.ExprGraph, name string, value float64) *gorgonia.Node {
	return gorgonia.NewScalar(g, tensor.Float64, gorgonia.WithName(name), gorgonia.WithValue(value))
}

// run runs a machine.
func run(t *testing.T, vm gorgonia.VM) {
	t.Helper()
	if err := vm.RunAll(); err != nil {
		t.Fatal(err)
	}
	vm.Reset()
}

// wantValue compares the value of a node.
func wantValue(t *testing.T, n *gorgonia.Node, want ...float64) {
	t.Helper()
	if n.Value() == nil {
		t.Fatalf("%v has no value", n)
	}
	wantNumbers(t, n.String(), n.Value(), want...)
}

// wantNumbers compares a value.
func wantNumbers(t *testing.T, name string, v gorgonia.Value, want ...float64) {
	t.Helper()
	got := floats(v)
	if len(got) != len(want) {
		t.Fatalf("%s: got %v, want %v", name, got, want)
	}
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-12 {
			t.Fatalf("%s: got %v, want %v", name, got, want)
		}
	}
}

// Gorgonia's stabilisation removes nodes while the second term is drawn, and its index of operands is stale from then on.
func TestOperandsAfterStabilisation(t *testing.T) {
	g := gorgonia.NewGraph()
	p, y := vector(g, "p", 0.5, 0.25), vector(g, "y", 1, 0)
	q := must(gorgonia.Mean(must(gorgonia.Log1p(must(gorgonia.Neg(p))))))
	l := must(gorgonia.Mean(must(gorgonia.BinaryXent(p, y))))
	loss := must(gorgonia.Add(q, l))
	run(t, foreign.NewMachine(g))
	wantQ := (math.Log(0.5) + math.Log(0.75)) / 2
	wantL := -(math.Log(0.5) + math.Log(0.75)) / 2
	wantValue(t, q, wantQ)
	wantValue(t, loss, wantQ+wantL)
}

// Gorgonia's Roots remembers its first answer, so nodes that are drawn after a run were never computed.
func TestNodesDrawnAfterARun(t *testing.T) {
	g := gorgonia.NewGraph()
	x := vector(g, "x", 1, 2)
	first := must(gorgonia.Square(x))
	m := foreign.NewMachine(g)
	run(t, m)
	wantValue(t, first, 1, 4)
	second := must(gorgonia.Sum(first))
	run(t, m) // does not know the second
	if second.Value() != nil {
		t.Errorf("a machine computes a node that was drawn after it: %v", second.Value())
	}
	run(t, foreign.NewMachine(g))
	wantValue(t, second, 5)
}

// A generator and a critic share a graph, with a machine each, and the critic's loss is drawn first. The generator's needs an input
// that has no value while the critic runs.
func TestTwoMachinesOnOneGraph(t *testing.T) {
	g := gorgonia.NewGraph()
	w, x := vector(g, "w", 3), vector(g, "x", 2)
	critic := must(gorgonia.Sum(must(gorgonia.HadamardProd(w, x))))
	criticMachine := foreign.NewMachine(g)
	z := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("z"), gorgonia.WithShape(1))
	generator := must(gorgonia.Sum(must(gorgonia.HadamardProd(z, x))))
	run(t, criticMachine)
	wantValue(t, critic, 6)
	generatorMachine := foreign.NewMachine(g)
	if err := generatorMachine.Let(z, tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{5}))); err != nil {
		t.Fatal(err)
	}
	run(t, generatorMachine)
	wantValue(t, generator, 10)
	run(t, criticMachine)
	wantValue(t, critic, 6)
}

func TestPartsOfAGraph(t *testing.T) {
	for name, part := range map[string]func(g *gorgonia.ExprGraph, n *gorgonia.Node) *gorgonia.ExprGraph{
		"SubgraphRoots":      func(g *gorgonia.ExprGraph, n *gorgonia.Node) *gorgonia.ExprGraph { return g.SubgraphRoots(n) },
		"ExactSubgraphRoots": func(g *gorgonia.ExprGraph, n *gorgonia.Node) *gorgonia.ExprGraph { return g.ExactSubgraphRoots(n) },
	} {
		t.Run(name, func(t *testing.T) {
			g := gorgonia.NewGraph()
			x := vector(g, "x", 1, 2)
			noValue := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("noValue"), gorgonia.WithShape(2))
			y := must(gorgonia.Square(x))
			rest := must(gorgonia.Add(y, noValue))
			run(t, foreign.NewMachine(part(g, y)))
			wantValue(t, y, 1, 4)
			if rest.Value() != nil {
				t.Errorf("the rest of the graph was computed: %v", rest.Value())
			}
		})
	}
}

func TestCompiledFunction(t *testing.T) {
	g := gorgonia.NewGraph()
	x := vector(g, "x", 1, 2)
	noValue := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("noValue"), gorgonia.WithShape(2))
	y := must(gorgonia.Square(x))
	z := must(gorgonia.Exp(must(gorgonia.Neg(y))))
	rest := must(gorgonia.Add(y, noValue))
	var seen, unseen gorgonia.Value
	statement := gorgonia.Read(y, &seen)
	gorgonia.Read(y, &unseen)
	program, registers, err := gorgonia.CompileFunction(g, gorgonia.Nodes{x}, gorgonia.Nodes{z, statement})
	if err != nil {
		t.Fatal(err)
	}
	run(t, foreign.NewMachine(g, gorgonia.WithPrecompiled(program, registers)))
	wantValue(t, z, math.Exp(-1), math.Exp(-4))
	wantValue(t, y, 1, 4) // on the way to the output
	wantNumbers(t, "read", seen, 1, 4)
	if rest.Value() != nil || unseen != nil {
		t.Errorf("the rest of the graph was computed: %v, %v", rest.Value(), unseen)
	}
}

// A generator's machine is often made before the losses are drawn.
func TestMachineMadeBeforeGrad(t *testing.T) {
	g := gorgonia.NewGraph()
	w := vector(g, "w", 1, 2)
	y := must(gorgonia.Square(w))
	m := foreign.NewMachine(g)
	if _, err := gorgonia.Grad(must(gorgonia.Sum(y)), w); err != nil {
		t.Fatal(err)
	}
	run(t, m)
	wantValue(t, y, 1, 4)
	if w.Deriv().Value() != nil {
		t.Errorf("the machine computes a gradient that was drawn after it: %v", w.Deriv().Value())
	}
}

// On a TapeMachine a Set statement changes nothing.
func TestSetStatement(t *testing.T) {
	g := gorgonia.NewGraph()
	x := vector(g, "x", 1, 2)
	twice := must(gorgonia.Add(x, x))
	gorgonia.Set(x, twice)
	m := foreign.NewMachine(g)
	run(t, m)
	wantValue(t, twice, 2, 4)
	run(t, m)
	wantValue(t, twice, 4, 8)
	wantValue(t, x, 4, 8)
}

func TestOutputsFedBack(t *testing.T) {
	t.Run("scalar", func(t *testing.T) {
		g := gorgonia.NewGraph()
		x := number(g, "x", 1)
		twice := must(gorgonia.Add(x, x))
		sum := must(gorgonia.Add(twice, x))
		m := foreign.NewMachine(g)
		for _, want := range []float64{2, 4, 8} {
			run(t, m)
			wantValue(t, twice, want)
			wantValue(t, sum, want/2*3)
			if err := gorgonia.Let(x, twice.Value()); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("row", func(t *testing.T) {
		g := gorgonia.NewGraph()
		x := vector(g, "x", 1, 1)
		a := must(gorgonia.Reshape(must(gorgonia.Concat(0, must(gorgonia.Add(x, x)), x)), tensor.Shape{2, 2}))
		y := must(gorgonia.Mul(a, x))
		m := foreign.NewMachine(g)
		for _, want := range []float64{2, 4, 8} {
			run(t, m)
			wantValue(t, a, want, want, want/2, want/2)
			wantValue(t, y, want*want, want*want/2)
			row, err := a.Value().(*tensor.Dense).Slice(gorgonia.S(0))
			if err != nil {
				t.Fatal(err)
			}
			if err := gorgonia.Let(x, row); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Gorgonia puts the headers of all values back into a pool.
func TestRunAfterUnbinding(t *testing.T) {
	g := gorgonia.NewGraph()
	x := vector(g, "x", 1, 2)
	constant := must(gorgonia.Square(gorgonia.NewConstant(tensor.New(tensor.WithBacking([]float64{3, 4})), gorgonia.WithName("c"), gorgonia.In(g))))
	y := must(gorgonia.Add(must(gorgonia.Square(x)), constant))
	loss := must(gorgonia.Sum(y))
	if _, err := gorgonia.Grad(loss, x); err != nil {
		t.Fatal(err)
	}
	m := foreign.NewMachine(g)
	for range 3 {
		run(t, m)
		wantValue(t, constant, 9, 16)
		wantValue(t, y, 10, 20)
		wantValue(t, loss, 30)
		wantValue(t, x.Deriv(), 2, 4)
		g.UnbindAllNonInputs()
	}
}

func TestNoElements(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithName("x"), gorgonia.WithShape(0, 3))
	must(gorgonia.Square(x))
	wantError(t, foreign.NewMachine(g).RunAll(), "square", "inputs (0, 3)", "got shape (0, 3), want at least one element")
}

func TestShapesThatATapeMachineTakes(t *testing.T) {
	t.Run("column for a vector", func(t *testing.T) {
		g := gorgonia.NewGraph()
		x := gorgonia.NewVector(g, tensor.Float64, gorgonia.WithName("x"), gorgonia.WithShape(3))
		y := must(gorgonia.Add(must(gorgonia.Square(x)), x))
		if err := gorgonia.Let(x, tensor.New(tensor.WithShape(3, 1), tensor.WithBacking([]float64{1, 2, 3}))); err != nil {
			t.Fatal(err)
		}
		run(t, foreign.NewMachine(g))
		wantValue(t, y, 2, 6, 12)
	})
	t.Run("tensor product to a scalar", func(t *testing.T) {
		g := gorgonia.NewGraph()
		a, b := vector(g, "a", 1, 2), vector(g, "b", 3, 4)
		y := must(gorgonia.Tensordot([]int{0}, []int{0}, a, b))
		z := must(gorgonia.Square(y))
		var read gorgonia.Value
		gorgonia.Read(y, &read)
		for _, m := range []gorgonia.VM{gorgonia.NewTapeMachine(g), foreign.NewMachine(g), foreign.NewMachine(g, gorgonia.TraceExec())} {
			read = nil
			run(t, m)
			run(t, m)
			wantValue(t, z, 121)
			for _, v := range []gorgonia.Value{y.Value(), read} { // the node's shape is ()
				if numbers, are := v.Data().([]float64); !are || numbers[0] != 11 || !slices.Equal(v.Shape(), tensor.Shape{1}) {
					t.Errorf("got %v of shape %v, want [11] of (1)", v, v.Shape())
				}
			}
		}
	})
	t.Run("slices of width 1", func(t *testing.T) {
		g := gorgonia.NewGraph()
		x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithName("x"), gorgonia.WithShape(2, 2),
			gorgonia.WithValue(tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 3, 4}))))
		y := must(gorgonia.Square(must(gorgonia.Slice(x, nil, gorgonia.S(1, 2)))))
		one := must(gorgonia.Square(must(gorgonia.Slice(x, gorgonia.S(1, 2), gorgonia.S(0, 1)))))
		run(t, foreign.NewMachine(g))
		wantValue(t, y, 4, 16)
		wantValue(t, one, 9)
	})
}

// An overwriting writes into its input, as operations may do whose input is an Iop.
type overwriting struct{ graphtest.Broken }

func (overwriting) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	old, err := gorgonia.CloneValue(in[0])
	for i := range floats(in[0]) {
		in[0].Data().([]float64)[i] = 1000
	}
	return old, err
}

// Gorgonia's Iop returns its input itself. What writes into it must change neither the input nor another copy of it.
func TestMemoryOfIop(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithName("x"), gorgonia.WithShape(1, 2),
		gorgonia.WithValue(tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{1, 2}))))
	first := must(gorgonia.ApplyOp(gorgonia.Iop{}, x))
	second := must(gorgonia.Reshape(x, tensor.Shape{1, 2}))
	old := must(gorgonia.ApplyOp(overwriting{}, first))
	for range 2 {
		run(t, foreign.NewMachine(g))
		wantValue(t, old, 1, 2)
		wantValue(t, x, 1, 2)
		wantValue(t, first, 1000, 1000)
		wantValue(t, second, 1, 2)
	}
}
