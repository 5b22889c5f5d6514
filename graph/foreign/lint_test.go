package foreign_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/foreign"
	"github.com/gradflow/gradflow/graph/machine"
)

// A sketch is a graph that is being drawn.
type sketch struct {
	t *testing.T
	g *gorgonia.ExprGraph
}

func (s sketch) in(name string, shape ...int) *gorgonia.Node {
	return gorgonia.NewTensor(s.g, gorgonia.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name))
}

func (s sketch) must(n *gorgonia.Node, err error) *gorgonia.Node {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// grad differentiates the sum of a node.
func (s sketch) grad(n *gorgonia.Node, wrt ...*gorgonia.Node) {
	s.t.Helper()
	if _, err := gorgonia.Grad(s.must(gorgonia.Sum(n)), wrt...); err != nil {
		s.t.Fatal(err)
	}
}

// Each trap is found where it is, and not in what looks much like it.
func TestLint(t *testing.T) {
	for _, c := range []struct {
		trap       string // part of the warning
		mended     bool
		draw, near func(s sketch)
	}{
		{"axis 2", true,
			func(s sketch) { s.must(gorgonia.Sum(s.in("x", 2, 3, 4, 5), 2)) },
			func(s sketch) { s.must(gorgonia.Sum(s.in("x", 2, 3, 4, 5), 1, 2)) }},
		{"axis 2", true,
			func(s sketch) { s.must(gorgonia.Max(s.in("x", 2, 3, 4, 5), 2)) },
			func(s sketch) { s.must(gorgonia.Max(s.in("x", 2, 3, 4), 2)) }},
		{"shares its memory", true,
			func(s sketch) {
				h := s.must(gorgonia.Tanh(s.in("x", 2, 3)))
				s.must(gorgonia.Reshape(h, tensor.Shape{6}))
				s.must(gorgonia.Exp(h))
			},
			func(s sketch) {
				s.must(gorgonia.Reshape(s.must(gorgonia.Tanh(s.in("x", 2, 3))), tensor.Shape{6}))
			}},
		{"overflows", true,
			func(s sketch) { s.must(gorgonia.SoftMax(s.in("x", 2, 3))) },
			func(s sketch) { s.must(gorgonia.Sigmoid(s.in("x", 2, 3))) }},
		{"log-probabilities", false,
			func(s sketch) { s.must(gorgonia.Log(s.must(gorgonia.SoftMax(s.in("x", 2, 3))))) },
			func(s sketch) { s.must(gorgonia.Tanh(s.must(gorgonia.SoftMax(s.in("x", 2, 3))))) }},
		{"last byte of start", false,
			func(s sketch) { s.must(gorgonia.Slice(s.in("x", 512), gorgonia.S(0, 256))) },
			func(s sketch) { s.must(gorgonia.Slice(s.in("x", 512), gorgonia.S(0, 255))) }},
		{"gradient of Concat", false,
			func(s sketch) {
				a, b := s.in("a", 2, 200), s.in("b", 2, 200)
				s.grad(s.must(gorgonia.Concat(1, a, b)), a, b)
			},
			func(s sketch) {
				a, b := s.in("a", 2, 100), s.in("b", 2, 100)
				s.grad(s.must(gorgonia.Concat(1, a, b)), a, b)
			}},
		{"gradient of Dropout", true,
			func(s sketch) {
				x := s.in("x", 2, 3)
				s.grad(s.must(gorgonia.Dropout(x, 0.2)), x)
			},
			func(s sketch) { s.must(gorgonia.Dropout(s.in("x", 2, 3), 0.2)) }},
		{"may stand for several", false,
			func(s sketch) {
				x := s.in("x", 2, 3)
				a, b := s.must(gorgonia.Dropout(x, 0.2)), s.must(gorgonia.Dropout(x, 0.4))
				s.must(gorgonia.Add(s.must(gorgonia.Tanh(a)), s.must(gorgonia.Exp(b))))
			},
			func(s sketch) {
				x, w := s.in("x", 2, 3), s.in("w", 3, 4)
				s.grad(s.must(gorgonia.Mul(s.must(gorgonia.Dropout(x, 0.2)), w)), w, x)
			}},
		{"another dilation", false,
			func(s sketch) {
				x, v, w := s.in("x", 1, 1, 8, 8), s.in("v", 1, 1, 3, 3), s.in("w", 1, 1, 3, 3)
				s.must(gorgonia.Conv2d(x, v, tensor.Shape{3, 3}, []int{1, 1}, []int{4, 4}, []int{1, 1}))
				s.must(gorgonia.Conv2d(x, w, tensor.Shape{3, 3}, []int{1, 1}, []int{4, 4}, []int{2, 2}))
			},
			func(s sketch) {
				x, v, w := s.in("x", 1, 1, 8, 8), s.in("v", 1, 1, 3, 3), s.in("w", 1, 1, 3, 3)
				s.must(gorgonia.Conv2d(x, v, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
				s.grad(s.must(gorgonia.Conv2d(x, w, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1})), w, x)
			}},
		{"elements of equal size", false,
			func(s sketch) {
				x := s.in("x", 2, 3)
				s.grad(s.must(gorgonia.Max(x, 1)), x)
			},
			func(s sketch) { s.must(gorgonia.Max(s.in("x", 2, 3), 1)) }},
		{"printed without some of its elements", false,
			func(s sketch) {
				x := s.in("x", 200)
				c := gorgonia.NewConstant(tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(200)), gorgonia.WithName("c"))
				s.must(gorgonia.Add(x, c))
			},
			func(s sketch) {
				x, c := s.in("x", 200), s.in("c", 200)
				s.must(gorgonia.Add(x, c))
				s.must(gorgonia.Add(s.in("y", 3), gorgonia.NewConstant(tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(3)))))
			}},
		{"padding differs", false,
			func(s sketch) {
				h := s.must(gorgonia.MaxPool2D(s.in("x", 1, 1, 4, 4), tensor.Shape{2, 2}, []int{0, 1, 0, 1}, []int{2, 2}))
				s.must(gorgonia.Tanh(h))
				s.must(gorgonia.Exp(h))
			},
			func(s sketch) {
				h := s.must(gorgonia.MaxPool2D(s.in("x", 1, 1, 4, 4), tensor.Shape{2, 2}, []int{1, 1}, []int{2, 2}))
				s.must(gorgonia.Tanh(h))
				s.must(gorgonia.Exp(h))
			}},
		{"batch's variance", true,
			func(s sketch) {
				x := s.in("x", 4, 2, 2, 2)
				y, _, _, _, err := gorgonia.BatchNorm(x, s.in("gain", 4, 2, 2, 2), s.in("shift", 4, 2, 2, 2), 0.1, 1e-5)
				s.grad(s.must(y, err), x)
			},
			func(s sketch) {
				x := s.in("x", 4, 2)
				y, _, _, _, err := gorgonia.BatchNorm(x, s.in("gain", 4, 2), s.in("shift", 4, 2), 0.1, 1e-5)
				s.grad(s.must(y, err), x)
			}},
		{"Set statement", true,
			func(s sketch) { gorgonia.Set(s.in("x", 3), s.must(gorgonia.Exp(s.in("y", 3)))) },
			func(s sketch) { s.must(gorgonia.Exp(s.in("y", 3))) }},
		{"average pooling divides", true,
			func(s sketch) {
				s.must(gorgonia.AveragePool2D(s.in("x", 1, 1, 4, 4), tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
			},
			func(s sketch) {
				s.must(gorgonia.MaxPool2D(s.in("x", 1, 1, 4, 4), tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
			}},
		{"global average pooling", false,
			func(s sketch) { s.must(gorgonia.GlobalAveragePool2D(s.in("x", 1, 1, 4, 4))) },
			func(s sketch) { s.must(gorgonia.Mean(s.in("x", 1, 1, 4, 4), 0, 1)) }},
		{"gradient of this operation", false,
			func(s sketch) {
				x := s.in("x", 3)
				s.grad(s.must(gorgonia.InverseSqrt(x)), x)
			},
			func(s sketch) {
				x := s.in("x", 3)
				s.grad(s.must(gorgonia.Sqrt(x)), x)
				s.must(gorgonia.Log2(s.in("y", 3))) // nobody asks for its gradient
			}},
		{"gradient of this operation", false,
			func(s sketch) {
				x, y := s.in("x", 3), s.in("y", 3)
				s.grad(s.must(gorgonia.OuterProd(x, y)), x)
			},
			func(s sketch) {
				x, y := s.in("x", 3, 1), s.in("y", 1, 3)
				s.grad(s.must(gorgonia.Mul(x, y)), x)
			}},
		{"LogSumExp", false,
			func(s sketch) { s.must(gorgonia.LogSumExp(s.in("x", 3), 0)) },
			func(s sketch) { s.must(gorgonia.Log(s.must(gorgonia.Sum(s.must(gorgonia.Exp(s.in("x", 3))))))) }},
		{"without a name", false,
			func(s sketch) { gorgonia.NewVector(s.g, gorgonia.Float64, gorgonia.WithShape(3)) },
			func(s sketch) { s.in("x", 3) }},
		{"running statistics", true,
			func(s sketch) {
				y, _, _, _, err := gorgonia.BatchNorm(s.in("x", 2, 3, 1, 1), s.in("gain", 1, 3, 1, 1), s.in("shift", 1, 3, 1, 1), 0.1, 1e-5)
				s.must(y, err)
			},
			func(s sketch) { s.must(gorgonia.Mul(s.in("x", 2, 3), s.in("w", 3, 2))) }},
		{"value of At", true,
			func(s sketch) { s.must(gorgonia.At(s.in("x", 2, 3), 0, 0)) },
			func(s sketch) { s.must(gorgonia.Slice(s.in("x", 2, 3), gorgonia.S(0))) }},
		{"same gradient whatever this input is", false,
			func(s sketch) { // the loss of Gorgonia's convnet
				x, y := s.in("x", 2, 3), s.in("y", 2, 3)
				losses := s.must(gorgonia.Log(s.must(gorgonia.HadamardProd(s.must(gorgonia.SoftMax(x)), y))))
				cost := s.must(gorgonia.Neg(s.must(gorgonia.Mean(losses))))
				if _, err := gorgonia.Grad(cost, x); err != nil {
					s.t.Fatal(err)
				}
			},
			func(s sketch) { // a cross-entropy, and a divergence
				x, y := s.in("x", 2, 3), s.in("y", 2, 3)
				logs := s.must(gorgonia.Log(s.must(gorgonia.SoftMax(x))))
				divergence := s.must(gorgonia.HadamardProd(s.must(gorgonia.Sub(s.must(gorgonia.Log(y)), logs)), y))
				s.grad(s.must(gorgonia.Sub(divergence, s.must(gorgonia.HadamardProd(logs, y)))), x)
			}},
		{"for another loss before", false,
			func(s sketch) {
				x := s.in("x", 3)
				square := s.must(gorgonia.Square(x))
				s.grad(square, x)
				s.grad(s.must(gorgonia.Cube(square)), x)
			},
			func(s sketch) { // two losses that share a weight only
				x := s.in("x", 3)
				s.grad(s.must(gorgonia.Square(x)), x)
				s.grad(s.must(gorgonia.Cube(x)), x)
			}},
		{"for another loss before", false,
			func(s sketch) { // what both need is no loss itself
				x := s.in("x", 3)
				h := s.must(gorgonia.Tanh(x))
				s.grad(s.must(gorgonia.Square(h)), x)
				s.grad(s.must(gorgonia.Cube(h)), x)
			},
			func(s sketch) {
				x := s.in("x", 3)
				s.grad(s.must(gorgonia.Add(s.must(gorgonia.Square(x)), s.must(gorgonia.Cube(x)))), x)
			}},
	} {
		found := func(draw func(s sketch)) (list []foreign.Warning) {
			s := sketch{t, gorgonia.NewGraph()}
			draw(s)
			for _, w := range foreign.Lint(s.g) {
				if strings.Contains(w.Trap, c.trap) {
					list = append(list, w)
				}
			}
			return list
		}
		hits := found(c.draw)
		if len(hits) == 0 {
			t.Errorf("%s: not found", c.trap)
		}
		for _, w := range hits {
			if w.Mended != c.mended || w.Remedy == "" || !strings.Contains(w.String(), fmt.Sprint("node ", w.Node.ID())) {
				t.Errorf("%s: %+v, want mended %v", c.trap, w, c.mended)
			}
		}
		if misses := found(c.near); len(misses) > 0 {
			t.Errorf("%s: found in what is right: %v", c.trap, misses[0])
		}
	}
}

// The wrong numbers that Lint warns of: what TapeMachine gives, and ours where the warning says that it is mended.
func TestLintedNumbers(t *testing.T) {
	build := func() (g *gorgonia.ExprGraph, sum, p *gorgonia.Node) {
		s := sketch{t, gorgonia.NewGraph()}
		x, z := s.in("x", 2, 2, 4, 4), s.in("z", 2, 2)
		values := make([]float64, 64)
		for i := range values {
			values[i] = float64(i)
		}
		for n, v := range map[*gorgonia.Node]*tensor.Dense{
			x: tensor.New(tensor.WithShape(2, 2, 4, 4), tensor.WithBacking(values)),
			z: tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{0, 0, 900, 0})),
		} {
			if err := gorgonia.Let(n, v); err != nil {
				t.Fatal(err)
			}
		}
		return s.g, s.must(gorgonia.Sum(x, 2)), s.must(gorgonia.SoftMax(z))
	}
	g, sum, p := build()
	if err := machine.New(g).RunAll(); err != nil {
		t.Fatal(err)
	}
	if got := floats(sum.Value())[0]; got != 0+4+8+12 {
		t.Errorf("our sum is %g, want 24", got)
	}
	if got := floats(p.Value()); got[2] != 1 || got[3] != 0 {
		t.Errorf("our softmax is %v", got)
	}
	g, sum, p = build()
	if err := gorgonia.NewTapeMachine(g).RunAll(); err != nil {
		t.Fatal(err)
	}
	right := math.Abs(floats(sum.Value())[3]-(3+7+11+15)) < 1e-9 && floats(sum.Value())[0] == 24 && floats(sum.Value())[5] == 20+1+16+24+28-24
	if right || !math.IsNaN(floats(p.Value())[2]) {
		t.Errorf("TapeMachine gives sums %v and probabilities %v: the warnings are out of date", floats(sum.Value()), floats(p.Value()))
	}
}

func ExampleLint() {
	g := gorgonia.NewGraph()
	x := gorgonia.NewTensor(g, gorgonia.Float64, 4, gorgonia.WithShape(8, 3, 32, 32), gorgonia.WithName("x"))
	gorgonia.Must(gorgonia.Mean(x, 2, 3))
	for _, warning := range foreign.Lint(g) {
		fmt.Println(warning)
	}
	// Output: node 1 (Σ[2 3]): a reduction along axis 2 of a tensor of four dimensions adds the wrong elements. Mended on machine.Machine. Elsewhere: Reshape the last two axes into one and reduce that.
}
